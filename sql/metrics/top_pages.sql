-- title: Top pages
-- unit: page views
-- definition: Distinct page views by path, without host and query; a session belongs, with all its views of the path, to the moment of the first of them.
-- grain: one row per path, most viewed first
-- chart: table with bars
-- parameters: site, from, to, bots, limit
SELECT
    path,
    sum(length(session_pages.page_views)) AS views,
    count() AS sessions
FROM session_pages FINAL
WHERE site = {site:String}
    AND notEmpty(session_pages.page_views)
    AND first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY path
ORDER BY views DESC, path ASC
LIMIT {limit:UInt32}
