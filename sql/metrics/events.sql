-- title: Events
-- unit: events
-- definition: Distinct events of all kinds, a back end's too, with the moments of the first and the last.
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
    sum(counted.events) AS events,
    minOrNull(counted.first_at) AS first_at,
    maxOrNull(counted.last_at) AS last_at
FROM
(
    SELECT
        length(minutes.page_views) + length(minutes.element_views) + length(minutes.clicks) + length(minutes.others) AS events,
        minutes.first_at AS first_at,
        minutes.last_at AS last_at
    FROM minutes
    WHERE site = {site:String}
        AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
        AND minute < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
        AND (minute, is_bot, bot_reason) NOT IN several
    UNION ALL
    SELECT
        uniqExactArray(minutes.page_views) + uniqExactArray(minutes.element_views) + uniqExactArray(minutes.clicks) + uniqExactArray(minutes.others) AS events,
        min(minutes.first_at) AS first_at,
        max(minutes.last_at) AS last_at
    FROM minutes
    WHERE site = {site:String}
        AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
        AND minute < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
        AND (minute, is_bot, bot_reason) IN several
    GROUP BY minute, is_bot, bot_reason
) AS counted
