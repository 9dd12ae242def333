-- title: Path steps
-- unit: sessions
-- definition: Which page visitors viewed first, second and so on, and where they went from there, over sessions that began in the period; a page viewed twice in a row is one step. An empty to_path counts the sessions that ended there. With a step and a page only sessions whose page at that step is this one.
-- grain: one row per step and pair of paths, by step, most frequent first
-- chart: sankey
-- parameters: site, from, to, bots, limit, steps = 5, step = 0, step_page =
SELECT
    step,
    from_path,
    to_path,
    count() AS sessions
FROM
(
    SELECT arrayCompact(arrayMap(page -> substring(page, 14), arraySort(pages))) AS viewed
    FROM sessions FINAL
    WHERE site = {site:String}
        AND first_at >= {from:DateTime64(3, 'UTC')}
        AND first_at < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
        AND notEmpty(pages)
        AND ({step:UInt8} = 0 OR viewed[{step:UInt8}] = {step_page:String})
)
ARRAY JOIN
    arraySlice(arrayEnumerate(viewed), 1, {steps:UInt8}) AS step,
    arraySlice(viewed, 1, {steps:UInt8}) AS from_path,
    arraySlice(arrayPushBack(arrayPopFront(viewed), ''), 1, {steps:UInt8}) AS to_path
GROUP BY step, from_path, to_path
ORDER BY step ASC, sessions DESC, from_path ASC, to_path ASC
LIMIT {limit:UInt32}
