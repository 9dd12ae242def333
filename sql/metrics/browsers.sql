-- title: Browsers
-- unit: sessions
-- definition: Sessions that began in the period by browser; their users beside them.
-- grain: one row per browser, most sessions first; empty: not known
-- chart: bars
-- parameters: site, from, to, bots, limit
SELECT
    browser,
    count() AS sessions,
    uniqExactIf(user_id, user_id != '') AS users
FROM sessions FINAL
WHERE site = {site:String}
    AND first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY browser
ORDER BY sessions DESC, browser ASC
LIMIT {limit:UInt32}
