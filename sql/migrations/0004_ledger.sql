-- What gateways and loaders counted, by site and minute of received_at. Gateways write the absolute count of a minute again
-- and again, loaders once per batch: of one writer's counts the highest is the last.
CREATE TABLE IF NOT EXISTS ledger
(
    minute DateTime('UTC') CODEC(Delta, ZSTD(1)),
    site LowCardinality(String),
    -- `gateway` or `loader`.
    stage LowCardinality(String),
    -- A gateway's run, a loader's batch.
    writer UUID CODEC(ZSTD(1)),
    -- `received`, `accepted`, `rejected`, `deferred` of a gateway; `duplicate` of a loader.
    counter LowCardinality(String),
    count UInt64 CODEC(ZSTD(1)),
    at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(count)
PARTITION BY toYYYYMM(minute)
ORDER BY (minute, site, stage, counter, writer)
-- A repeated insert is recognised by its token as long as no 1,000 inserts came between; later it writes the same rows again, which collapse.
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Up to when the counts can be compared with the table.
CREATE TABLE IF NOT EXISTS ledger_marks
(
    writer UUID,
    -- `settled`, of a loader: what was published before `until` is stored. `spool`, of a gateway: nothing received before
    -- `until` waits on its disk.
    mark LowCardinality(String),
    until DateTime64(3, 'UTC'),
    at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(at)
ORDER BY (mark, writer)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;
