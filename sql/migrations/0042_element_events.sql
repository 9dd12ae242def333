-- Pairs of session and element without arrays: thirty days of click-through are read in half of the time.
-- What a pair must remember is that it was seen and that it was clicked; how often is counted by the quarter of an hour.
DROP VIEW IF EXISTS mv_element_pairs;

DROP VIEW IF EXISTS element_stats;

DROP VIEW IF EXISTS page_stats;

-- One row per session, page and element of a site that was seen or clicked; the empty element is the page itself. Such a pair
-- belongs to the moment of its first view or click, with all that follows.
CREATE OR REPLACE TABLE element_pairs
(
    site LowCardinality(String),
    is_page Bool,
    session_id String CODEC(ZSTD(1)),
    element_id LowCardinality(String),
    path LowCardinality(String),
    first_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(1)),
    is_bot SimpleAggregateFunction(max, UInt8),
    -- Bit 0: seen. Bit 1: clicked.
    seen_clicked SimpleAggregateFunction(groupBitOr, UInt8),
    -- Of a page the user's hash and the ids of its views, as 64-bit hashes; else, and without a user, 0 and none.
    user SimpleAggregateFunction(max, UInt64) CODEC(ZSTD(1)),
    page_views SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)) CODEC(ZSTD(1)),
    INDEX first_at_minmax first_at TYPE minmax GRANULARITY 1
)
ENGINE = AggregatingMergeTree
-- Ids of sessions begin with their time, as the tracker makes them: a period lies in few granules, and parts of different times share no
-- keys, so that FINAL has little to merge. Pages before elements would spare thirty days of pages four fifths of the rows, but a granule
-- between the two shares keys with all others: the last hour then took as long as thirty days.
ORDER BY (site, session_id, is_page, element_id, path)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS mv_element_pairs TO element_pairs AS
SELECT
    site,
    type = 'view' AND event_title = 'page_view' AS is_page,
    session_id,
    if(event_title = 'page_view', '', element_id) AS element_id,
    path(url) AS path,
    min(corrected_at) AS first_at,
    max(is_bot) AS is_bot,
    groupBitOr(toUInt8(if(type = 'view', 1, 2))) AS seen_clicked,
    max(if(is_page AND user_id != '', cityHash64(user_id), 0)) AS user,
    groupUniqArrayIf(cityHash64(id), is_page) AS page_views
FROM events
WHERE type = 'view' AND event_title = 'page_view' OR type IN ('view', 'click') AND event_title != 'page_view' AND events.element_id != ''
GROUP BY site, session_id, is_page, element_id, path;

INSERT INTO element_pairs
SELECT
    site,
    type = 'view' AND event_title = 'page_view' AS is_page,
    session_id,
    if(event_title = 'page_view', '', element_id) AS element_id,
    path(url) AS path,
    min(corrected_at) AS first_at,
    max(is_bot) AS is_bot,
    groupBitOr(toUInt8(if(type = 'view', 1, 2))) AS seen_clicked,
    max(if(is_page AND user_id != '', cityHash64(user_id), 0)) AS user,
    groupUniqArrayIf(cityHash64(id), is_page) AS page_views
FROM events
WHERE type = 'view' AND event_title = 'page_view' OR type IN ('view', 'click') AND event_title != 'page_view' AND events.element_id != ''
GROUP BY site, session_id, is_page, element_id, path
SETTINGS max_bytes_before_external_group_by = 500000000;

-- Distinct views and clicks of elements, and views of products (`product_view`), by the quarter of an hour in which they happened: a row has
-- either an element or a product. One table for both, because a table more costs every insert what a thousand rows do.
CREATE TABLE IF NOT EXISTS element_events
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
PARTITION BY toYYYYMM(quarter)
ORDER BY (site, quarter, element_id, product_id, is_bot)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS mv_element_events TO element_events AS
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

INSERT INTO element_events
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
GROUP BY site, quarter, element_id, product_id, is_bot
SETTINGS max_bytes_before_external_group_by = 500000000;

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
    SELECT site, toDate(quarter) AS day, element_id, length(e.views) AS v, length(e.clicks) AS c, 0 AS s, 0 AS b
    FROM element_events AS e FINAL
    WHERE NOT is_bot AND element_id != ''
    UNION ALL
    SELECT site, toDate(first_at) AS day, element_id, 0 AS v, 0 AS c, bitAnd(seen_clicked, 1) AS s, seen_clicked = 3 AS b
    FROM element_pairs FINAL
    WHERE NOT is_bot AND NOT is_page
)
GROUP BY site, day, element_id;

-- By site, day (UTC) and page, without bots.
CREATE VIEW IF NOT EXISTS page_stats AS
SELECT
    site,
    toDate(first_at) AS day,
    path,
    sum(length(e.page_views)) AS views,
    count() AS sessions,
    uniqExactIf(user, user != 0) AS users
FROM element_pairs AS e FINAL
WHERE NOT is_bot AND is_page
GROUP BY site, day, path;
