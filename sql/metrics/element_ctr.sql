-- title: Click-through rate of elements
-- unit: share
-- definition: Of the (session, page, element) that were seen, the share in which the element was clicked too; a second click does not raise it, and a click without a view does not count. A pair belongs to the moment of its first view or click. Views and clicks beside it are the distinct events of the period, raw_ctr their ratio, and ctr_low to ctr_high is the 95 % interval of ctr after Wilson (1927).
-- grain: one row per element, most clicked first; the period is taken in quarters of an hour
-- chart: table with bars
-- parameters: site, from, to, bots, limit
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
    element_id,
    sum(view_events) AS views,
    sum(click_events) AS clicks,
    sum(seen_pairs) AS seen,
    sum(both_pairs) AS seen_and_clicked,
    if(seen = 0, NULL, seen_and_clicked / seen) AS ctr,
    if(seen = 0, NULL, (ctr + z * z / (2 * seen) - z * sqrt(ctr * (1 - ctr) / seen + z * z / (4 * seen * seen))) / (1 + z * z / seen)) AS ctr_low,
    if(seen = 0, NULL, (ctr + z * z / (2 * seen) + z * sqrt(ctr * (1 - ctr) / seen + z * z / (4 * seen * seen))) / (1 + z * z / seen)) AS ctr_high,
    if(views = 0, NULL, clicks / views) AS raw_ctr
FROM
(
    SELECT
        element_id,
        0 AS view_events,
        0 AS click_events,
        countIf(bitAnd(seen_clicked, 1) = 1) AS seen_pairs,
        countIf(seen_clicked = 3) AS both_pairs
    FROM session_elements AS pairs
    WHERE site = {site:String}
        AND _partition_id IN settled
        AND toStartOfFifteenMinutes(first_at) >= toStartOfFifteenMinutes({from:DateTime64(3, 'UTC')})
        AND toStartOfFifteenMinutes(first_at) < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
    GROUP BY element_id
    UNION ALL
    SELECT
        element_id,
        0 AS view_events,
        0 AS click_events,
        countIf(bitAnd(seen_clicked, 1) = 1) AS seen_pairs,
        countIf(seen_clicked = 3) AS both_pairs
    FROM session_elements AS pairs FINAL
    WHERE site = {site:String}
        AND _partition_id NOT IN settled
        AND toStartOfFifteenMinutes(first_at) >= toStartOfFifteenMinutes({from:DateTime64(3, 'UTC')})
        AND toStartOfFifteenMinutes(first_at) < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
    GROUP BY element_id
    UNION ALL
    SELECT
        element_id,
        sum(length(views)) AS view_events,
        sum(length(clicks)) AS click_events,
        0 AS seen_pairs,
        0 AS both_pairs
    FROM quarters FINAL
    WHERE site = {site:String}
        AND element_id != ''
        AND quarter >= toStartOfFifteenMinutes({from:DateTime64(3, 'UTC')})
        AND quarter < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
    GROUP BY element_id
)
GROUP BY element_id
ORDER BY clicks DESC, views DESC, element_id ASC
LIMIT {limit:UInt32}
