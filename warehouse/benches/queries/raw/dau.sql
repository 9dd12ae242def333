SELECT toDate(corrected_at, {tz:String}) AS day, uniqExact(user_id) AS users
FROM events
WHERE site = {site:String}
    AND corrected_at >= {from:DateTime64(3, 'UTC')}
    AND corrected_at < {to:DateTime64(3, 'UTC')}
    AND created_at >= {from:DateTime64(3, 'UTC')} - toIntervalDay(1)
    AND created_at < {to:DateTime64(3, 'UTC')} + toIntervalDay(1)
    AND type != 'server'
    AND user_id != ''
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY day
ORDER BY day ASC WITH FILL
    FROM toDate({from:DateTime64(3, 'UTC')}, {tz:String})
    TO toDate({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {tz:String}) + 1
