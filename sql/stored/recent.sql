SELECT site, id, toUnixTimestamp64Milli(received_at) AS received_at_ms
FROM events
ORDER BY received_at DESC
LIMIT {limit:UInt64}
