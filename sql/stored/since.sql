SELECT count() AS n
FROM events
WHERE received_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
