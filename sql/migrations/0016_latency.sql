-- How long the site took to answer: one row per event with a `latency_ms`, so that quantiles are those of values that occurred.
CREATE TABLE IF NOT EXISTS latency
(
    site LowCardinality(String),
    event_title LowCardinality(String),
    at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    -- A 64-bit hash.
    id UInt64 CODEC(ZSTD(1)),
    is_bot Bool,
    latency_ms UInt32 CODEC(ZSTD(1)),
    received_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(received_at)
PARTITION BY toYYYYMM(at)
ORDER BY (site, event_title, at, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS mv_latency TO latency AS
SELECT
    site,
    event_title,
    corrected_at AS at,
    cityHash64(id) AS id,
    is_bot,
    assumeNotNull(latency_ms) AS latency_ms,
    received_at
FROM events
WHERE events.latency_ms IS NOT NULL;

INSERT INTO latency
SELECT
    site,
    event_title,
    corrected_at AS at,
    cityHash64(id) AS id,
    is_bot,
    assumeNotNull(latency_ms) AS latency_ms,
    received_at
FROM events
WHERE events.latency_ms IS NOT NULL;
