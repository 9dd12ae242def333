-- title: Users by page
-- unit: users
-- definition: Distinct users with a page view, by path, without host and query; views without a user count nowhere. A session's views of the path belong to the moment of the first of them.
-- grain: one row per path, most users first
-- chart: table with bars
-- parameters: site, from, to, bots, limit
SELECT
    path,
    uniqExact(user) AS users
FROM session_pages FINAL
WHERE site = {site:String}
    AND user != 0
    AND notEmpty(page_views)
    AND first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY path
ORDER BY users DESC, path ASC
LIMIT {limit:UInt32}
