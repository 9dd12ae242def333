-- title: Countries
-- unit: sessions
-- definition: Sessions that began in the period by country (ISO 3166-1 alpha-2); their users beside them.
-- grain: one row per country, most sessions first; empty: not known
-- chart: map
-- parameters: site, from, to, bots, limit
SELECT
    country,
    count() AS sessions,
    uniqExactIf(user_id, user_id != '') AS users
FROM sessions FINAL
WHERE site = {site:String}
    AND first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY country
ORDER BY sessions DESC, country ASC
LIMIT {limit:UInt32}
