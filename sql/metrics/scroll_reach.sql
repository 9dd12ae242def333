-- title: Scroll reach
-- unit: share
-- definition: Of the (session, page) that were viewed and of which the end of a look was told (page_leave), the share that saw the page down to this percent of its height. Looks of one session at a page are one, the deepest. It belongs to the moment of its first view. An empty path means all.
-- grain: one row per path and `step` percent, most seen page first
-- chart: table
-- parameters: site, from, to, bots, limit, path =, step = 5
SELECT
    path,
    percent,
    countIf(depth >= percent) AS reached,
    count() AS pages,
    reached / pages AS share
FROM session_pages FINAL
ARRAY JOIN range(greatest(1, {step:UInt8}), 101, greatest(1, {step:UInt8})) AS percent
WHERE site = {site:String}
    AND depth > 0
    AND notEmpty(page_views)
    AND first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND ({path:String} = '' OR path = {path:String})
GROUP BY path, percent
ORDER BY pages DESC, path ASC, percent ASC
LIMIT {limit:UInt32}
