-- title: Sessions
-- unit: sessions
-- definition: Sessions with a view or a click, by the day on which they began; a session without any is none. Length: from its first view or click to its last, 0 with one event.
-- grain: one row per day of the time zone, empty days included
-- chart: line
-- parameters: site, from, to, tz, bots
SELECT
    toDate(first_at, {tz:String}) AS day,
    count() AS sessions,
    countIf(length(event_ids) = 1) AS one_event,
    avg(dateDiff('millisecond', first_at, last_at)) AS mean_ms,
    countIf(length(pages) = 1) / countIf(notEmpty(pages)) AS bounce_rate
FROM sessions FINAL
WHERE site = {site:String}
    AND first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY day
ORDER BY day ASC WITH FILL
    FROM toDate({from:DateTime64(3, 'UTC')}, {tz:String})
    TO toDate({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {tz:String}) + 1
