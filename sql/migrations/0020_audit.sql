-- What administrators did, append-only: one row before an action (`begun`) and one after it, under the action's id. Nothing here
-- is ever changed or expires; grant the gateway INSERT and SELECT on it, and no ALTER.
CREATE TABLE IF NOT EXISTS audit
(
    id UUID CODEC(ZSTD(1)),
    at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    -- The key's name.
    who LowCardinality(String),
    action LowCardinality(String),
    -- A JSON object.
    parameters String CODEC(ZSTD(1)),
    -- `begun`, then `done` or the code of the error.
    outcome LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (at, id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;
