-- title: Retention by day
-- unit: share
-- definition: Of the users whose first view or click ever fell on a day of the period, the share that had one so many days later; day 0 is the first day itself.
-- grain: one row per first day with new users and number of days since, up to the end of the period
-- chart: cohort table
-- parameters: site, from, to, tz, bots, days = 30
WITH
    firsts AS
    (
        SELECT user_id, toDate(min(first_time) AS first, {tz:String}) AS first_day
        FROM user_first_seen
        WHERE site = {site:String} AND (NOT is_bot OR {bots:UInt8} = 1)
        GROUP BY user_id
        HAVING first >= {from:DateTime64(3, 'UTC')} AND first < {to:DateTime64(3, 'UTC')}
    )
SELECT
    first_day,
    arrayJoin(range(toUInt32(least({days:UInt16}, toDate({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {tz:String}) - first_day)) + 1)) AS days_later,
    found[0] AS users,
    found[days_later] AS active,
    active / users AS share
FROM
(
    SELECT
        first_day,
        CAST((groupArray(later), groupArray(users_of_day)), 'Map(UInt32, UInt64)') AS found
    FROM
    (
        SELECT
            first_day,
            toUInt32(local_day - first_day) AS later,
            count() AS users_of_day
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
        INNER JOIN firsts USING (user_id)
        GROUP BY first_day, later
    )
    GROUP BY first_day
)
ORDER BY first_day ASC, days_later ASC
