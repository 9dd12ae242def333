SELECT
    device_type,
    count() AS sessions,
    uniqExactIf(user_id, user_id != '') AS users
FROM
(
    SELECT
        max(device_type) AS device_type,
        max(user_id) AS user_id,
        min(corrected_at) AS first_at,
        max(is_bot) AS of_bot
    FROM events
    WHERE site = {site:String} AND type != 'server'
    GROUP BY session_id
)
WHERE first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT of_bot OR {bots:UInt8} = 1)
GROUP BY device_type
ORDER BY sessions DESC, device_type ASC
LIMIT {limit:UInt32}
