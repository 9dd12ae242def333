-- title: Platforms
-- unit: sessions
-- definition: Sessions that began in the period by platform (web, ios, android); their users beside them.
-- grain: one row per platform, most sessions first; empty: not known
-- chart: pie
-- parameters: site, from, to, bots, limit
SELECT
    platform,
    count() AS sessions,
    uniqExactIf(user_id, user_id != '') AS users
FROM sessions FINAL
WHERE site = {site:String}
    AND first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY platform
ORDER BY sessions DESC, platform ASC
LIMIT {limit:UInt32}
