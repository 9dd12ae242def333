-- How many rows of `events` each minute has, copies included: what counting its distinct ids will cost.
SELECT
    toUnixTimestamp(toStartOfMinute(received_at)) AS minute,
    count() AS n
FROM events
WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
    AND received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
    AND ({all:UInt8} = 1 OR site = {site:String})
GROUP BY minute
ORDER BY minute
