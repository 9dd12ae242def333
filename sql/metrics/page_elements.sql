-- title: Elements of a page
-- unit: share
-- definition: Of the sessions that saw the element on the page, the share that clicked it there too (ctr), with its 95 % interval after Wilson (1927), ctr_low to ctr_high. clicked are all sessions that clicked it there, seen or not. A pair of session and element belongs to the moment of its first view or click. An empty path means all.
-- grain: one row per path and element, most clicked first; the period is taken in quarters of an hour
-- chart: table with bars
-- parameters: site, from, to, bots, limit, path =
WITH settled AS
(
    -- Days of which everything is in one part that merges have made, `day_first_last_level`: each row is all that there is of its pair, and is
    -- read without FINAL.
    SELECT _partition_id
    FROM (SELECT _partition_id, _part FROM session_elements GROUP BY _partition_id, _part)
    GROUP BY _partition_id
    HAVING count() = 1 AND toUInt32(splitByChar('_', any(_part))[4]) > 0
),
1.96 AS z
SELECT
    path,
    element_id,
    sum(seen_pairs) AS seen,
    sum(clicked_pairs) AS clicked,
    sum(both_pairs) AS seen_and_clicked,
    if(seen = 0, NULL, seen_and_clicked / seen) AS ctr,
    if(seen = 0, NULL, (ctr + z * z / (2 * seen) - z * sqrt(ctr * (1 - ctr) / seen + z * z / (4 * seen * seen))) / (1 + z * z / seen)) AS ctr_low,
    if(seen = 0, NULL, (ctr + z * z / (2 * seen) + z * sqrt(ctr * (1 - ctr) / seen + z * z / (4 * seen * seen))) / (1 + z * z / seen)) AS ctr_high
FROM
(
    SELECT
        path,
        element_id,
        countIf(bitAnd(seen_clicked, 1) = 1) AS seen_pairs,
        countIf(bitAnd(seen_clicked, 2) = 2) AS clicked_pairs,
        countIf(seen_clicked = 3) AS both_pairs
    FROM session_elements AS pairs
    WHERE site = {site:String}
        AND _partition_id IN settled
        AND toStartOfFifteenMinutes(first_at) >= toStartOfFifteenMinutes({from:DateTime64(3, 'UTC')})
        AND toStartOfFifteenMinutes(first_at) < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
        AND ({path:String} = '' OR path = {path:String})
    GROUP BY path, element_id
    UNION ALL
    SELECT
        path,
        element_id,
        countIf(bitAnd(seen_clicked, 1) = 1) AS seen_pairs,
        countIf(bitAnd(seen_clicked, 2) = 2) AS clicked_pairs,
        countIf(seen_clicked = 3) AS both_pairs
    FROM session_elements AS pairs FINAL
    WHERE site = {site:String}
        AND _partition_id NOT IN settled
        AND toStartOfFifteenMinutes(first_at) >= toStartOfFifteenMinutes({from:DateTime64(3, 'UTC')})
        AND toStartOfFifteenMinutes(first_at) < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
        AND ({path:String} = '' OR path = {path:String})
    GROUP BY path, element_id
)
GROUP BY path, element_id
ORDER BY clicked DESC, seen DESC, path ASC, element_id ASC
LIMIT {limit:UInt32}
