-- What the loader could not store, with the bytes to send it again after a fix.
CREATE TABLE IF NOT EXISTS quarantine
(
    -- The event's id; of a whole group the group's.
    id UUID,
    at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    site LowCardinality(String),
    -- Who refused: `database` or `codec`.
    reason LowCardinality(String),
    -- The exception code of the database, 0 without one.
    code Int32,
    message String CODEC(ZSTD(1)),
    schema_version UInt8,
    source LowCardinality(String),
    group_id UUID,
    -- The event as a group of one (event::group).
    bytes String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(at)
PARTITION BY toYYYYMM(at)
ORDER BY (group_id, id)
TTL toDateTime(at) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;
