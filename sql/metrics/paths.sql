-- title: Paths
-- unit: page views
-- definition: From which page visitors go to which: page views by path and the path that the same session viewed just before, over sessions that began in the period. An empty to_path counts the sessions that ended there.
-- grain: one row per pair of paths, most frequent first
-- chart: sankey
-- parameters: site, from, to, bots, limit
SELECT
    from_path,
    to_path,
    count() AS count
FROM
(
    SELECT arrayMap(page -> substring(page, 14), arraySort(pages)) AS viewed
    FROM sessions FINAL
    WHERE site = {site:String}
        AND first_at >= {from:DateTime64(3, 'UTC')}
        AND first_at < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
        AND notEmpty(pages)
)
ARRAY JOIN
    viewed AS from_path,
    arrayPushBack(arrayPopFront(viewed), '') AS to_path
GROUP BY from_path, to_path
ORDER BY count DESC, from_path ASC, to_path ASC
LIMIT {limit:UInt32}
