-- One row per session of a site.
CREATE TABLE IF NOT EXISTS sessions
(
    site LowCardinality(String),
    session_id String CODEC(ZSTD(1)),
    started_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    ended_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    is_bot SimpleAggregateFunction(max, UInt8),
    -- Distinct ids, as 64-bit hashes.
    events AggregateFunction(uniqExact, UInt64),
    INDEX started_at_minmax started_at TYPE minmax GRANULARITY 1
)
ENGINE = AggregatingMergeTree
-- Not by time: a session that lasts over midnight of a month's end is one.
ORDER BY (site, session_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS mv_sessions TO sessions AS
SELECT
    site,
    session_id,
    min(corrected_at) AS started_at,
    max(corrected_at) AS ended_at,
    max(is_bot) AS is_bot,
    uniqExactState(cityHash64(id)) AS events
FROM events
GROUP BY site, session_id;

INSERT INTO sessions
SELECT
    site,
    session_id,
    min(corrected_at) AS started_at,
    max(corrected_at) AS ended_at,
    max(is_bot) AS is_bot,
    uniqExactState(cityHash64(id)) AS events
FROM events
GROUP BY site, session_id
SETTINGS max_bytes_before_external_group_by = 500000000;

CREATE VIEW IF NOT EXISTS sessions_view AS
SELECT
    site,
    session_id,
    min(s.started_at) AS started_at,
    max(s.ended_at) AS ended_at,
    -- One event makes a session of 0 ms.
    dateDiff('millisecond', started_at, ended_at) AS length_ms,
    max(s.is_bot) AS is_bot,
    uniqExactMerge(s.events) AS events
FROM sessions AS s
GROUP BY site, session_id;
