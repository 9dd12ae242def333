-- title: Page views
-- unit: page views
-- definition: Distinct page views and the sessions that have them; a session belongs, with all its views of a path, to the day of the first of them.
-- grain: one row per day of the time zone, empty days included
-- chart: line
-- parameters: site, from, to, tz, bots
SELECT
    toDate(first_at, {tz:String}) AS day,
    sum(length(session_pages.page_views)) AS page_views,
    uniqExact(session_id) AS sessions
FROM session_pages FINAL
WHERE site = {site:String}
    AND notEmpty(session_pages.page_views)
    AND first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY day
ORDER BY day ASC WITH FILL
    FROM toDate({from:DateTime64(3, 'UTC')}, {tz:String})
    TO toDate({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {tz:String}) + 1
