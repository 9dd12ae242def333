SELECT
    toString(event_title) AS event_title,
    uniqExact(id) AS events,
    quantilesExact(0.5, 0.95, 0.99)(assumeNotNull(latency_ms))[1] AS p50_ms,
    quantilesExact(0.5, 0.95, 0.99)(assumeNotNull(latency_ms))[2] AS p95_ms,
    quantilesExact(0.5, 0.95, 0.99)(assumeNotNull(latency_ms))[3] AS p99_ms
FROM events
WHERE site = {site:String}
    AND corrected_at >= {from:DateTime64(3, 'UTC')}
    AND corrected_at < {to:DateTime64(3, 'UTC')}
    AND created_at >= {from:DateTime64(3, 'UTC')} - toIntervalDay(1)
    AND created_at < {to:DateTime64(3, 'UTC')} + toIntervalDay(1)
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND latency_ms IS NOT NULL
GROUP BY GROUPING SETS ((event_title), ())
ORDER BY event_title ASC
