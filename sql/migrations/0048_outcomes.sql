-- What became of payments and of everything else with a status: one row per event that has one. They are one in fifty events, and lie in
-- every granule of `events`: thirty days of ten million took 580 ms there (measured: `cargo xtask bench queries`).
CREATE TABLE IF NOT EXISTS outcomes
(
    site LowCardinality(String),
    at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    -- A 64-bit hash.
    id UInt64 CODEC(NONE),
    event_title LowCardinality(String),
    status LowCardinality(String),
    error_code LowCardinality(String),
    is_bot Bool,
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(received_at)
PARTITION BY toYYYYMM(at)
-- By time: parts share few keys, so that FINAL has little to merge.
ORDER BY (site, at, session_id, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS mv_outcomes TO outcomes AS
SELECT
    site,
    corrected_at AS at,
    session_id,
    cityHash64(id) AS id,
    event_title,
    status,
    error_code,
    is_bot,
    received_at
FROM events
WHERE events.status != '';

INSERT INTO outcomes
SELECT
    site,
    corrected_at AS at,
    session_id,
    cityHash64(id) AS id,
    event_title,
    status,
    error_code,
    is_bot,
    received_at
FROM events
WHERE events.status != '';
