-- title: New and returning users
-- unit: users
-- definition: New: users whose first view or click ever on the site falls on the day. Returning: the other users of the day.
-- grain: one row per day of the time zone, empty days included
-- chart: stacked bars
-- parameters: site, from, to, tz, bots
SELECT
    local_day AS day,
    countIf(first_day = local_day) AS new_users,
    countIf(first_day < local_day) AS returning_users
FROM
(
    SELECT DISTINCT
        user_id,
        toDate(arrayJoin(arrayMap(
            quarter -> toDateTime(day, 'UTC') + toIntervalMinute(quarter * 15),
            arrayConcat(bitPositionsToArray(quarters_am), arrayMap(bit -> bit + 48, bitPositionsToArray(quarters_pm)))
        )) AS moment, {tz:String}) AS local_day
    FROM daily_users
    WHERE site = {site:String}
        AND day >= toDate(toStartOfFifteenMinutes({from:DateTime64(3, 'UTC')}), 'UTC')
        AND day <= toDate({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), 'UTC')
        AND moment >= toStartOfFifteenMinutes({from:DateTime64(3, 'UTC')})
        AND moment < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
) AS active
INNER JOIN
(
    SELECT user_id, toDate(min(first_time), {tz:String}) AS first_day
    FROM user_first_seen
    WHERE site = {site:String}
        AND first_time < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
    GROUP BY user_id
) AS firsts USING (user_id)
GROUP BY day
ORDER BY day ASC WITH FILL
    FROM toDate({from:DateTime64(3, 'UTC')}, {tz:String})
    TO toDate({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {tz:String}) + 1
