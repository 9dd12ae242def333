-- title: Live
-- unit: users
-- definition: Who is there: users, sessions, page views and clicks on elements in the last minutes of the period.
-- grain: one row
-- chart: number
-- parameters: site, from, to, bots, minutes = 5
SELECT
    uniqExactIf(user_id, user_id != '' AND type != 'server') AS users,
    uniqExactIf(session_id, type != 'server') AS sessions,
    uniqExactIf(id, type = 'view' AND event_title = 'page_view') AS page_views,
    uniqExactIf(id, type = 'click' AND element_id != '') AS clicks,
    uniqExact(id) AS events
FROM events
WHERE site = {site:String}
    AND corrected_at >= {from:DateTime64(3, 'UTC')}
    AND corrected_at < {to:DateTime64(3, 'UTC')}
    -- The sorting key knows only the client's clock; without these two lines every day of the site is read.
    AND created_at >= {from:DateTime64(3, 'UTC')} - toIntervalDay(1)
    AND created_at < {to:DateTime64(3, 'UTC')} + toIntervalDay(1)
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND corrected_at >= {to:DateTime64(3, 'UTC')} - toIntervalMinute({minutes:UInt16})
