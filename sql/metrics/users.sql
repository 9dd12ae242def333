-- title: Users
-- unit: users
-- definition: Distinct users with a view or a click in the period, which is taken in quarters of an hour.
-- grain: one row
-- chart: number
-- parameters: site, from, to, bots
SELECT uniqExact(user_id) AS users
FROM
(
    SELECT
        user_id,
        arrayJoin(arrayMap(
            quarter -> toDateTime(day, 'UTC') + toIntervalMinute(quarter * 15),
            arrayConcat(bitPositionsToArray(quarters_am), arrayMap(bit -> bit + 48, bitPositionsToArray(quarters_pm)))
        )) AS moment
    FROM daily_users
    WHERE site = {site:String}
        AND day >= toDate({from:DateTime64(3, 'UTC')}, 'UTC')
        AND day <= toDate({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), 'UTC')
        AND moment >= toStartOfFifteenMinutes({from:DateTime64(3, 'UTC')})
        AND moment < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
)
