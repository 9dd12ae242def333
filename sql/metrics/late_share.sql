-- title: Late events
-- unit: share
-- definition: Of the events that happened in the period, the share that arrived more than ten minutes after it had happened (of two copies the later arrival counts); clock_off_share is the share whose sender's clock was more than five minutes off.
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
    sum(counted.late) AS late,
    if(events = 0, NULL, late / events) AS late_share,
    sum(counted.clock_off) AS clock_off,
    if(events = 0, NULL, clock_off / events) AS clock_off_share
FROM
(
    SELECT
        length(minutes.page_views) + length(minutes.element_views) + length(minutes.clicks) + length(minutes.others) AS events,
        length(minutes.late) AS late,
        length(minutes.clock_off) AS clock_off
    FROM minutes
    WHERE site = {site:String}
        AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
        AND minute < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
        AND (minute, is_bot, bot_reason) NOT IN several
    UNION ALL
    SELECT
        uniqExactArray(minutes.page_views) + uniqExactArray(minutes.element_views) + uniqExactArray(minutes.clicks) + uniqExactArray(minutes.others) AS events,
        uniqExactArray(minutes.late) AS late,
        uniqExactArray(minutes.clock_off) AS clock_off
    FROM minutes
    WHERE site = {site:String}
        AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
        AND minute < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
        AND (minute, is_bot, bot_reason) IN several
    GROUP BY minute, is_bot, bot_reason
) AS counted
