-- Views and clicks of elements by site and day (UTC), as the metric element_ctr defines them. Ids and pairs are kept as
-- 64-bit hashes: of a million of an element's day, two are the same once in thirty million such days.
CREATE TABLE IF NOT EXISTS element_stats
(
    site LowCardinality(String),
    day Date CODEC(Delta, ZSTD(1)),
    element_id LowCardinality(String),
    is_bot Bool,
    -- Events.
    views AggregateFunction(uniqExact, UInt64),
    clicks AggregateFunction(uniqExact, UInt64),
    -- Pairs of session and page in which the element was seen, was clicked.
    seen AggregateFunction(uniqExact, UInt64),
    clicked AggregateFunction(uniqExact, UInt64)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (site, day, element_id, is_bot)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS mv_element_stats TO element_stats AS
SELECT
    site,
    toDate(corrected_at) AS day,
    element_id,
    is_bot,
    uniqExactStateIf(cityHash64(id), type = 'view') AS views,
    uniqExactStateIf(cityHash64(id), type = 'click') AS clicks,
    uniqExactStateIf(cityHash64(session_id, path(url)), type = 'view') AS seen,
    uniqExactStateIf(cityHash64(session_id, path(url)), type = 'click') AS clicked
FROM events
WHERE type IN ('view', 'click') AND event_title != 'page_view' AND element_id != ''
GROUP BY site, day, element_id, is_bot;

INSERT INTO element_stats
SELECT
    site,
    toDate(corrected_at) AS day,
    element_id,
    is_bot,
    uniqExactStateIf(cityHash64(id), type = 'view') AS views,
    uniqExactStateIf(cityHash64(id), type = 'click') AS clicks,
    uniqExactStateIf(cityHash64(session_id, path(url)), type = 'view') AS seen,
    uniqExactStateIf(cityHash64(session_id, path(url)), type = 'click') AS clicked
FROM events
WHERE type IN ('view', 'click') AND event_title != 'page_view' AND element_id != ''
GROUP BY site, day, element_id, is_bot
SETTINGS max_bytes_before_external_group_by = 500000000;

-- By site, day and element, without bots: distinct views and clicks, and of the pairs that saw it the share that clicked it.
CREATE VIEW IF NOT EXISTS element_stats_view AS
SELECT
    site,
    day,
    element_id,
    finalizeAggregation(view_ids) AS views,
    finalizeAggregation(click_ids) AS clicks,
    finalizeAggregation(pairs_seen) AS seen,
    -- Of two sets what they share is what they have together less what they have in union.
    seen + finalizeAggregation(pairs_clicked) - arrayReduce('uniqExactMerge', [pairs_seen, pairs_clicked]) AS seen_and_clicked,
    if(seen = 0, NULL, seen_and_clicked / seen) AS ctr
FROM
(
    SELECT
        site,
        day,
        element_id,
        uniqExactMergeState(views) AS view_ids,
        uniqExactMergeState(clicks) AS click_ids,
        uniqExactMergeState(seen) AS pairs_seen,
        uniqExactMergeState(clicked) AS pairs_clicked
    FROM element_stats
    WHERE NOT is_bot
    GROUP BY site, day, element_id
);
