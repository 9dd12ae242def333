-- title: Latency over time
-- unit: milliseconds
-- definition: latency_ms of the events that have one, by the time they happened; an empty event_title means all.
-- grain: one row per `minutes` with an event
-- chart: line
-- parameters: site, from, to, tz, bots, event_title =, minutes = 60
SELECT
    toStartOfInterval(toDateTime(at, {tz:String}), toIntervalMinute({minutes:UInt32}), {tz:String}) AS time,
    count() AS events,
    quantilesExact(0.5, 0.95, 0.99)(latency_ms)[1] AS p50_ms,
    quantilesExact(0.5, 0.95, 0.99)(latency_ms)[2] AS p95_ms,
    quantilesExact(0.5, 0.95, 0.99)(latency_ms)[3] AS p99_ms
FROM latency FINAL
WHERE site = {site:String}
    AND at >= {from:DateTime64(3, 'UTC')}
    AND at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND ({event_title:String} = '' OR event_title = {event_title:String})
GROUP BY time
ORDER BY time ASC
