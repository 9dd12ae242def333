-- title: Click-through rate of elements
-- unit: share
-- definition: Of the (session, page, element) that were seen, the share in which the element was clicked too; a second click does not raise it, and a click without a view does not count. Views and clicks beside it are distinct events, raw_ctr their ratio, and ctr_low to ctr_high is the 95 % interval of ctr after Wilson (1927). A pair belongs to the moment of its first view or click.
-- grain: one row per element, most clicked first
-- chart: table with bars
-- parameters: site, from, to, bots, limit
WITH 1.96 AS z
SELECT
    element_id,
    sum(length(element_pairs.views)) AS views,
    sum(length(element_pairs.clicks)) AS clicks,
    countIf(notEmpty(element_pairs.views)) AS seen,
    countIf(notEmpty(element_pairs.views) AND notEmpty(element_pairs.clicks)) AS seen_and_clicked,
    if(seen = 0, NULL, seen_and_clicked / seen) AS ctr,
    if(seen = 0, NULL, (ctr + z * z / (2 * seen) - z * sqrt(ctr * (1 - ctr) / seen + z * z / (4 * seen * seen))) / (1 + z * z / seen)) AS ctr_low,
    if(seen = 0, NULL, (ctr + z * z / (2 * seen) + z * sqrt(ctr * (1 - ctr) / seen + z * z / (4 * seen * seen))) / (1 + z * z / seen)) AS ctr_high,
    if(views = 0, NULL, clicks / views) AS raw_ctr
FROM element_pairs FINAL
WHERE site = {site:String}
    AND first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND element_id != ''
GROUP BY element_id
ORDER BY clicks DESC, views DESC, element_id ASC
LIMIT {limit:UInt32}
