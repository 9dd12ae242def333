-- title: Events per minute
-- unit: events
-- definition: Distinct events by the minute they happened in (client's time, corrected when its clock is off, by up to a day), split into page views, views of elements, clicks on elements, and all others.
-- grain: one row per minute, empty minutes included, the current one too
-- chart: stacked bars
-- parameters: site, from, to, bots
SELECT
    toStartOfMinute(corrected_at) AS minute,
    uniqExact(id) AS events,
    uniqExactIf(id, type = 'view' AND event_title = 'page_view') AS page_views,
    uniqExactIf(id, type = 'view' AND event_title != 'page_view' AND element_id != '') AS element_views,
    uniqExactIf(id, type = 'click' AND element_id != '') AS clicks,
    events - page_views - element_views - clicks AS other_events,
    uniqExact(session_id) AS sessions
FROM events
WHERE site = {site:String}
    AND corrected_at >= {from:DateTime64(3, 'UTC')}
    AND corrected_at < {to:DateTime64(3, 'UTC')}
    -- The sorting key knows only the client's clock; without these two lines every day of the site is read.
    AND created_at >= {from:DateTime64(3, 'UTC')} - toIntervalDay(1)
    AND created_at < {to:DateTime64(3, 'UTC')} + toIntervalDay(1)
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY minute
ORDER BY minute ASC WITH FILL
    FROM toStartOfMinute({from:DateTime64(3, 'UTC')})
    TO toStartOfMinute({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1)) + toIntervalMinute(1)
    STEP toIntervalMinute(1)
