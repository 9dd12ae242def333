-- title: Daily active users
-- unit: users
-- definition: Distinct users with a view or a click on the day.
-- grain: one row per day of the time zone, empty days included; the period is taken in quarters of an hour
-- chart: line
-- parameters: site, from, to, tz, bots
SELECT
    local_day AS day,
    count() AS users
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
)
GROUP BY day
ORDER BY day ASC WITH FILL
    FROM toDate({from:DateTime64(3, 'UTC')}, {tz:String})
    TO toDate({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {tz:String}) + 1
