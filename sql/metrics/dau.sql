-- title: Daily active users
-- unit: users
-- definition: Distinct users with a view or a click on the day.
-- grain: one row per day of the time zone, empty days included; the period is taken in quarters of an hour
-- chart: line
-- parameters: site, from, to, tz, bots
WITH zone_days AS
(
    -- Which quarters of a day of UTC lie in the period and on which day of the zone.
    SELECT
        toDate(moment, 'UTC') AS day,
        toDate(moment, {tz:String}) AS local_day,
        groupBitOr(if(quarter < 48, bitShiftLeft(toUInt64(1), quarter % 48), 0)) AS am,
        groupBitOr(if(quarter >= 48, bitShiftLeft(toUInt64(1), quarter % 48), 0)) AS pm
    FROM
    (
        SELECT
            toStartOfFifteenMinutes({from:DateTime64(3, 'UTC')}) + toIntervalMinute(15 * number) AS moment,
            toUInt8(toHour(moment) * 4 + intDiv(toMinute(moment), 15)) AS quarter
        FROM numbers(toUInt64(greatest(0, dateDiff('minute', toStartOfFifteenMinutes({from:DateTime64(3, 'UTC')}), {to:DateTime64(3, 'UTC')})) / 15 + 1))
        WHERE moment < {to:DateTime64(3, 'UTC')}
    )
    GROUP BY day, local_day
)
SELECT
    local_day AS day,
    uniqExact(user_id) AS users
FROM daily_users
INNER JOIN zone_days USING (day)
WHERE site = {site:String}
    AND daily_users.day >= toDate(toStartOfFifteenMinutes({from:DateTime64(3, 'UTC')}), 'UTC')
    AND daily_users.day <= toDate({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), 'UTC')
    AND (bitAnd(quarters_am, am) != 0 OR bitAnd(quarters_pm, pm) != 0)
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY local_day
ORDER BY day ASC WITH FILL
    FROM toDate({from:DateTime64(3, 'UTC')}, {tz:String})
    TO toDate({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {tz:String}) + 1
