-- title: Retention by hour
-- unit: share
-- definition: Of the users whose first view or click ever fell into an hour (UTC) of the period, the share that had one so many hours later; hour 0 is the first hour itself.
-- grain: one row per first hour with new users and number of hours since, up to the end of the period
-- chart: cohort table
-- parameters: site, from, to, bots, hours = 48
WITH
    firsts AS
    (
        SELECT user_id, toStartOfHour(toDateTime(min(first_time) AS first, 'UTC')) AS first_hour
        FROM user_first_seen
        WHERE site = {site:String} AND (NOT is_bot OR {bots:UInt8} = 1)
        GROUP BY user_id
        HAVING first >= {from:DateTime64(3, 'UTC')} AND first < {to:DateTime64(3, 'UTC')}
    )
SELECT
    first_hour,
    arrayJoin(range(toUInt32(least({hours:UInt16}, dateDiff('hour', first_hour, {to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1)))) + 1)) AS hours_later,
    found[0] AS users,
    found[hours_later] AS active,
    active / users AS share
FROM
(
    SELECT
        first_hour,
        CAST((groupArray(later), groupArray(users_of_hour)), 'Map(UInt32, UInt64)') AS found
    FROM
    (
        SELECT
            first_hour,
            toUInt32(dateDiff('hour', first_hour, hour)) AS later,
            count() AS users_of_hour
        FROM
        (
            SELECT DISTINCT
                user_id,
                toStartOfHour(arrayJoin(arrayMap(
                    quarter -> toDateTime(day, 'UTC') + toIntervalMinute(quarter * 15),
                    arrayConcat(bitPositionsToArray(quarters_am), arrayMap(bit -> bit + 48, bitPositionsToArray(quarters_pm)))
                )) AS moment) AS hour
            FROM daily_users
            WHERE site = {site:String}
                AND day >= toDate({from:DateTime64(3, 'UTC')}, 'UTC')
                AND day <= toDate({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), 'UTC')
                AND moment >= toStartOfFifteenMinutes({from:DateTime64(3, 'UTC')})
                AND moment < {to:DateTime64(3, 'UTC')}
                AND (NOT is_bot OR {bots:UInt8} = 1)
        ) AS active
        INNER JOIN firsts USING (user_id)
        WHERE later <= {hours:UInt16}
        GROUP BY first_hour, later
    )
    GROUP BY first_hour
)
ORDER BY first_hour ASC, hours_later ASC
