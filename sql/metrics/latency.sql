-- title: Latency
-- unit: milliseconds
-- definition: latency_ms of the events that have one; quantiles are values that occurred (the one at position floor(q × n), counted from 0).
-- grain: one row per event title and one for all, whose title is empty and which comes first
-- chart: table
-- parameters: site, from, to, bots
SELECT
    toString(event_title) AS event_title,
    count() AS events,
    quantilesExact(0.5, 0.95, 0.99)(latency_ms)[1] AS p50_ms,
    quantilesExact(0.5, 0.95, 0.99)(latency_ms)[2] AS p95_ms,
    quantilesExact(0.5, 0.95, 0.99)(latency_ms)[3] AS p99_ms
FROM latency FINAL
WHERE site = {site:String}
    AND at >= {from:DateTime64(3, 'UTC')}
    AND at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY GROUPING SETS ((event_title), ())
ORDER BY event_title ASC
