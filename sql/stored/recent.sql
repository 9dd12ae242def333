-- The events that arrived last, latest first.
SELECT toString(site) AS site, id, toUnixTimestamp64Milli(received_at) AS received_at_ms
FROM events
WHERE received_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
ORDER BY received_at DESC
LIMIT {limit:UInt64}
