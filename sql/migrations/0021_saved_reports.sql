-- Reports that somebody saved under a name: a metric with its parameters.
CREATE TABLE IF NOT EXISTS saved_reports
(
    id UUID CODEC(ZSTD(1)),
    created_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    -- The key's name.
    created_by LowCardinality(String),
    name String CODEC(ZSTD(1)),
    metric LowCardinality(String),
    -- Empty where the metric has none.
    site LowCardinality(String),
    -- A JSON object of texts, as a report's query parameters.
    parameters String CODEC(ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (created_at, id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;
