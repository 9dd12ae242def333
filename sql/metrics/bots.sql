-- title: Bots
-- unit: events
-- definition: Distinct events that came from bots, by the reason for which they count as such, and their sessions; whatever `bots` says. Bots are flagged, never dropped.
-- grain: one row per reason, most events first; the period is taken in whole minutes
-- chart: table with bars
-- parameters: site, from, to, limit
WITH several AS
(
    -- Rows that no merge has made one yet: only of these are the ids read, of all others how many they are.
    SELECT minute, is_bot, bot_reason
    FROM minutes
    WHERE site = {site:String}
        AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
        AND minute < {to:DateTime64(3, 'UTC')}
        AND is_bot
    GROUP BY minute, is_bot, bot_reason
    HAVING count() > 1
)
SELECT
    reason,
    sum(counted.events) AS events,
    uniqExactArray(counted.sessions) AS sessions
FROM
(
    SELECT
        bot_reason AS reason,
        length(minutes.page_views) + length(minutes.element_views) + length(minutes.clicks) + length(minutes.others) AS events,
        minutes.sessions AS sessions
    FROM minutes
    WHERE site = {site:String}
        AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
        AND minute < {to:DateTime64(3, 'UTC')}
        AND is_bot
        AND (minute, is_bot, bot_reason) NOT IN several
    UNION ALL
    SELECT
        bot_reason AS reason,
        uniqExactArray(minutes.page_views) + uniqExactArray(minutes.element_views) + uniqExactArray(minutes.clicks) + uniqExactArray(minutes.others) AS events,
        groupUniqArrayArray(minutes.sessions) AS sessions
    FROM minutes
    WHERE site = {site:String}
        AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
        AND minute < {to:DateTime64(3, 'UTC')}
        AND is_bot
        AND (minute, is_bot, bot_reason) IN several
    GROUP BY minute, is_bot, bot_reason
) AS counted
GROUP BY reason
ORDER BY events DESC, reason ASC
LIMIT {limit:UInt32}
