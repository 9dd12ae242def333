-- title: Users by calendar week
-- unit: users
-- definition: Distinct users with a view or a click in the calendar week, as far as it lies in the period; weeks begin on Monday.
-- grain: one row per week of the time zone with a user, named by its first day; the period is taken in quarters of an hour
-- chart: bars
-- parameters: site, from, to, tz, bots
SELECT
    toMonday(local_day) AS week,
    uniqExact(user_id) AS users
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
        AND day >= toDate(toStartOfFifteenMinutes({from:DateTime64(3, 'UTC')}), 'UTC')
        AND day <= toDate({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), 'UTC')
        AND moment >= toStartOfFifteenMinutes({from:DateTime64(3, 'UTC')})
        AND moment < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
)
GROUP BY week
ORDER BY week ASC
