-- title: Referrers
-- unit: sessions
-- definition: Sessions that began in the period by domain that their first view or click came from; their users beside them.
-- grain: one row per referrer, most sessions first; empty: not known
-- chart: bars
-- parameters: site, from, to, bots, limit
SELECT
    splitByChar('\x1f', substring(first_event, 19))[3] AS referrer,
    count() AS sessions,
    uniqExactIf(user_id, user_id != '') AS users
FROM sessions FINAL
WHERE site = {site:String}
    AND first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY referrer
ORDER BY sessions DESC, referrer ASC
LIMIT {limit:UInt32}
