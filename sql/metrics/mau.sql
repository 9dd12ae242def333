-- title: Monthly active users
-- unit: users
-- definition: Distinct users with a view or a click on the day or one of the 29 days before it (trailing, not a calendar month).
-- grain: one row per day of the time zone
-- chart: line
-- parameters: site, from, to, tz, bots
SELECT
    day,
    toUInt64(sum(change) OVER (ORDER BY day ASC)) AS users
FROM
(
    SELECT day, sum(change) AS change
    FROM
    (
        SELECT
            -- Each day counts for itself and the 29 days after it: a user enters with a day that no earlier one covers, and leaves
            -- 30 days after the last.
            arraySort(groupUniqArray(local_day)) AS days,
            arrayJoin(arrayConcat(
                arrayMap((day, before) -> (greatest(day, before + 30), 1), days, arrayPushFront(arrayPopBack(days), toDate('1970-01-01'))),
                arrayMap(day -> (day + 30, -1), days)
            )) AS step,
            greatest(step.1, toDate({from:DateTime64(3, 'UTC')}, {tz:String})) AS day,
            step.2 AS change
        FROM
        (
            SELECT
                user_id,
                toDate(arrayJoin(arrayMap(
                    quarter -> toDateTime(day, 'UTC') + toIntervalMinute(quarter * 15),
                    arrayConcat(bitPositionsToArray(quarters_am), arrayMap(bit -> bit + 48, bitPositionsToArray(quarters_pm)))
                )) AS moment, {tz:String}) AS local_day
            FROM daily_users
            WHERE site = {site:String}
                AND day >= toDate(toDateTime(toDate({from:DateTime64(3, 'UTC')}, {tz:String}) - 29, {tz:String}), 'UTC')
                AND day <= toDate({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), 'UTC')
                AND moment >= toDateTime(toDate({from:DateTime64(3, 'UTC')}, {tz:String}) - 29, {tz:String})
                AND moment < {to:DateTime64(3, 'UTC')}
                AND (NOT is_bot OR {bots:UInt8} = 1)
        )
        GROUP BY user_id
    )
    WHERE day <= toDate({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {tz:String})
    GROUP BY day
    ORDER BY day ASC WITH FILL
        FROM toDate({from:DateTime64(3, 'UTC')}, {tz:String})
        TO toDate({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {tz:String}) + 1
)
ORDER BY day ASC
