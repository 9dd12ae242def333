-- title: Peak of events per minute
-- unit: events
-- definition: The minute with the most distinct events, the first of several.
-- grain: one row; the period is taken in whole minutes
-- chart: number
-- parameters: site, from, to, bots
WITH several AS
(
    -- Rows that no merge has made one yet: only of these are the ids read, of all others how many they are.
    SELECT minute, is_bot, bot_reason
    FROM minutes
    WHERE site = {site:String}
        AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
        AND minute < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
    GROUP BY minute, is_bot, bot_reason
    HAVING count() > 1
)
SELECT
    minute,
    sum(counted.events) AS events
FROM
(
    SELECT
        minute,
        length(minutes.page_views) + length(minutes.element_views) + length(minutes.clicks) + length(minutes.others) AS events
    FROM minutes
    WHERE site = {site:String}
        AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
        AND minute < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
        AND (minute, is_bot, bot_reason) NOT IN several
    UNION ALL
    SELECT
        minute,
        uniqExactArray(minutes.page_views) + uniqExactArray(minutes.element_views) + uniqExactArray(minutes.clicks) + uniqExactArray(minutes.others) AS events
    FROM minutes
    WHERE site = {site:String}
        AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
        AND minute < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
        AND (minute, is_bot, bot_reason) IN several
    GROUP BY minute, is_bot, bot_reason
) AS counted
GROUP BY minute
ORDER BY events DESC, minute ASC
LIMIT 1
