-- title: Events per minute
-- unit: events
-- definition: Distinct events by the minute they happened in (client's time, corrected when its clock is off), split into page views, views of elements, clicks on elements, and all others.
-- grain: one row per minute, empty minutes included, the current one too; the period is taken in whole minutes
-- chart: stacked bars
-- parameters: site, from, to, bots
WITH several AS
(
    -- Minutes of which no merge has made one row yet: only of these are the ids read, of all others how many they are.
    SELECT minute
    FROM minutes
    WHERE site = {site:String}
        AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
        AND minute < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
    GROUP BY minute
    HAVING count() > 1
)
SELECT
    minute,
    page_views + element_views + clicks + other_events AS events,
    page_views,
    element_views,
    clicks,
    other_events,
    sessions
FROM
(
    SELECT
        minute,
        length(minutes.page_views) AS page_views,
        length(minutes.element_views) AS element_views,
        length(minutes.clicks) AS clicks,
        length(minutes.others) AS other_events,
        length(minutes.sessions) AS sessions
    FROM minutes
    WHERE site = {site:String}
        AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
        AND minute < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
        AND minute NOT IN several
    UNION ALL
    SELECT
        minute,
        uniqExactArray(minutes.page_views) AS page_views,
        uniqExactArray(minutes.element_views) AS element_views,
        uniqExactArray(minutes.clicks) AS clicks,
        uniqExactArray(minutes.others) AS other_events,
        uniqExactArray(minutes.sessions) AS sessions
    FROM minutes
    WHERE site = {site:String}
        AND minute >= toStartOfMinute({from:DateTime64(3, 'UTC')})
        AND minute < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
        AND minute IN several
    GROUP BY minute
)
ORDER BY minute ASC WITH FILL
    FROM toStartOfMinute({from:DateTime64(3, 'UTC')})
    TO toStartOfMinute({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1)) + toIntervalMinute(1)
    STEP toIntervalMinute(1)
