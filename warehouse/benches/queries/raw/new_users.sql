SELECT
    day,
    uniqExactIf(user_id, first_day = day) AS new_users,
    uniqExactIf(user_id, first_day < day) AS returning_users
FROM
(
    SELECT
        user_id,
        toDate(min(corrected_at), {tz:String}) AS first_day,
        groupUniqArray(toDate(corrected_at, {tz:String})) AS days,
        arrayJoin(days) AS day
    FROM events
    WHERE site = {site:String}
        AND corrected_at >= {from:DateTime64(3, 'UTC')}
        AND corrected_at < {to:DateTime64(3, 'UTC')}
        AND type != 'server'
        AND user_id != ''
        AND (NOT is_bot OR {bots:UInt8} = 1)
    GROUP BY user_id
)
GROUP BY day
ORDER BY day ASC WITH FILL
    FROM toDate({from:DateTime64(3, 'UTC')}, {tz:String})
    TO toDate({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {tz:String}) + 1
