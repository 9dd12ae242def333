-- What a session saw and clicked, and how often in a quarter of an hour, cut by days. FINAL merges row by row every part that shares keys with
-- a part before and one after it, which parts of one stream do, at the sessions between two inserts: of five million pairs two million were
-- merged for each question. A day that nothing has been added to for ten minutes becomes one part, and costs FINAL nothing.
--
-- Days of the month, so that what clients say of time makes no more than 31 partitions. A session's day is in its id of version 7, so that
-- all its rows lie together; other ids have the first. (Measured by `cargo xtask bench queries`: docs/metrics.md.)

-- One row per session and page of a site. It belongs to the moment of the first view, with all that follow.
CREATE TABLE IF NOT EXISTS session_pages
(
    site LowCardinality(String),
    session_id String CODEC(ZSTD(1)),
    path LowCardinality(String),
    first_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(1)),
    is_bot SimpleAggregateFunction(max, UInt8),
    -- 64-bit hashes of the user, 0 without one, and of the ids of its views. A page that was left but whose view never came has none, and counts
    -- nowhere.
    user SimpleAggregateFunction(max, UInt64) CODEC(ZSTD(1)),
    page_views SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)) CODEC(ZSTD(1)),
    -- The deepest percent of the page that was in sight, of any of the session's looks at it; 0 where no `page_leave` told.
    depth SimpleAggregateFunction(max, UInt8),
    INDEX first_at_minmax first_at TYPE minmax GRANULARITY 1
)
ENGINE = AggregatingMergeTree
PARTITION BY toDayOfMonth(UUIDv7ToDateTime(toUUIDOrZero(session_id), 'UTC'))
ORDER BY (site, session_id, path)
SETTINGS
    fsync_after_insert = 1, fsync_part_directory = 1,
    min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1;

-- One row per session, page and element of a site that was seen or clicked. Such a pair belongs to the moment of its first view or click.
CREATE TABLE IF NOT EXISTS session_elements
(
    site LowCardinality(String),
    session_id String CODEC(ZSTD(1)),
    element_id LowCardinality(String),
    path LowCardinality(String),
    first_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(1)),
    is_bot SimpleAggregateFunction(max, UInt8),
    -- Bit 0: seen. Bit 1: clicked.
    seen_clicked SimpleAggregateFunction(groupBitOr, UInt8),
    INDEX first_at_minmax first_at TYPE minmax GRANULARITY 1
)
ENGINE = AggregatingMergeTree
PARTITION BY toDayOfMonth(UUIDv7ToDateTime(toUUIDOrZero(session_id), 'UTC'))
ORDER BY (site, session_id, element_id, path)
SETTINGS
    fsync_after_insert = 1, fsync_part_directory = 1,
    min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1;

-- Distinct views and clicks of elements, and views of products (`product_view`), by the quarter of an hour in which they happened: a row has
-- either an element or a product. One table for both, because a table more costs every insert what a thousand rows do.
CREATE TABLE IF NOT EXISTS quarters
(
    site LowCardinality(String),
    quarter DateTime('UTC') CODEC(Delta, ZSTD(1)),
    element_id LowCardinality(String),
    product_id String CODEC(ZSTD(1)),
    is_bot Bool,
    -- Ids as 64-bit hashes, which no codec makes smaller.
    views SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)) CODEC(NONE),
    clicks SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)) CODEC(NONE)
)
ENGINE = AggregatingMergeTree
PARTITION BY toDayOfMonth(quarter)
ORDER BY (site, quarter, element_id, product_id, is_bot)
SETTINGS
    fsync_after_insert = 1, fsync_part_directory = 1,
    min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS mv_session_pages TO session_pages AS
SELECT
    site,
    session_id,
    path(url) AS path,
    min(corrected_at) AS first_at,
    max(is_bot) AS is_bot,
    max(if(user_id != '' AND type = 'view', cityHash64(user_id), 0)) AS user,
    groupUniqArrayIf(cityHash64(id), type = 'view') AS page_views,
    max(if(type = 'server', toUInt8(least(100, JSONExtractUInt(payload, 'scroll_depth'))), 0)) AS depth
FROM events
WHERE type = 'view' AND event_title = 'page_view' OR type = 'server' AND event_title = 'page_leave'
GROUP BY site, session_id, path;

CREATE MATERIALIZED VIEW IF NOT EXISTS mv_session_elements TO session_elements AS
SELECT
    site,
    session_id,
    element_id,
    path(url) AS path,
    min(corrected_at) AS first_at,
    max(is_bot) AS is_bot,
    groupBitOr(toUInt8(if(type = 'view', 1, 2))) AS seen_clicked
FROM events
WHERE type IN ('view', 'click') AND event_title != 'page_view' AND element_id != ''
GROUP BY site, session_id, element_id, path;

CREATE MATERIALIZED VIEW IF NOT EXISTS mv_quarters TO quarters AS
SELECT
    site,
    toStartOfFifteenMinutes(corrected_at) AS quarter,
    counted.1 AS element_id,
    counted.2 AS product_id,
    is_bot,
    groupUniqArrayIf(cityHash64(id), type = 'view' OR counted.2 != '') AS views,
    groupUniqArrayIf(cityHash64(id), type = 'click' AND counted.2 = '') AS clicks
FROM events
ARRAY JOIN arrayFilter(
    pair -> pair != ('', ''),
    [
        (if(type IN ('view', 'click') AND event_title != 'page_view', toString(events.element_id), ''), ''),
        ('', if(event_title = 'product_view', events.product_id, ''))
    ]
) AS counted
GROUP BY site, quarter, element_id, product_id, is_bot;

-- The rows that are there, also of events that have expired.
INSERT INTO session_pages
SELECT site, session_id, path, first_at, is_bot, user, page_views, depth FROM element_pairs WHERE is_page;

INSERT INTO session_elements
SELECT site, session_id, element_id, path, first_at, is_bot, seen_clicked FROM element_pairs WHERE NOT is_page;

INSERT INTO quarters
SELECT site, quarter, element_id, product_id, is_bot, views, clicks FROM element_events;

DROP VIEW IF EXISTS element_stats;

DROP VIEW IF EXISTS page_stats;

-- By site, day (UTC) and element, without bots: distinct views and clicks of the day, and of the pairs that saw it first on that day the
-- share that clicked it.
CREATE VIEW IF NOT EXISTS element_stats AS
SELECT
    site,
    day,
    element_id,
    sum(v) AS views,
    sum(c) AS clicks,
    sum(s) AS seen,
    sum(b) AS seen_and_clicked,
    if(seen = 0, NULL, seen_and_clicked / seen) AS ctr
FROM
(
    SELECT site, toDate(quarter) AS day, element_id, length(q.views) AS v, length(q.clicks) AS c, 0 AS s, 0 AS b
    FROM quarters AS q FINAL
    WHERE NOT is_bot AND element_id != ''
    UNION ALL
    SELECT site, toDate(first_at) AS day, element_id, 0 AS v, 0 AS c, bitAnd(seen_clicked, 1) AS s, seen_clicked = 3 AS b
    FROM session_elements FINAL
    WHERE NOT is_bot
)
GROUP BY site, day, element_id;

-- By site, day (UTC) and page, without bots.
CREATE VIEW IF NOT EXISTS page_stats AS
SELECT
    site,
    toDate(first_at) AS day,
    path,
    sum(length(p.page_views)) AS views,
    count() AS sessions,
    uniqExactIf(user, user != 0) AS users
FROM session_pages AS p FINAL
WHERE NOT is_bot AND notEmpty(p.page_views)
GROUP BY site, day, path;
