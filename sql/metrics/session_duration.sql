-- title: Session duration
-- unit: milliseconds
-- definition: Time from the first view or click of a session to its last, over sessions that began in the period. A session of one event lasts 0 ms and is included in mean_ms and median_ms; mean_ms_without_one_event leaves it out.
-- grain: one row
-- chart: number
-- parameters: site, from, to, bots
SELECT
    count() AS sessions,
    countIf(length(event_ids) = 1) AS one_event,
    sum(dateDiff('millisecond', first_at, last_at)) AS total_ms,
    if(sessions = 0, NULL, total_ms / sessions) AS mean_ms,
    if(sessions = one_event, NULL, total_ms / (sessions - one_event)) AS mean_ms_without_one_event,
    if(sessions = 0, NULL, quantileExact(0.5)(dateDiff('millisecond', first_at, last_at))) AS median_ms
FROM sessions FINAL
WHERE site = {site:String}
    AND first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
