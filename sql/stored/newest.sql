-- When the last event arrived. Not max(): the ordered form reads the granules that the index of received_at leaves.
SELECT toUnixTimestamp64Milli(received_at) AS received_at_ms
FROM events
ORDER BY received_at DESC
LIMIT 1
