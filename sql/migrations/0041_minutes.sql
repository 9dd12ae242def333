-- How much happened in each minute, and what of it came late, with a wrong clock or from bots: ids in arrays, one row per minute. Their
-- lengths are read forty times faster than thirty days of `events` are counted (measured: `cargo xtask bench queries`).
-- Several people are in a row, so that it is made again for `clickpath erase` from events: keep it no longer than them (sql/retention.toml).
CREATE TABLE IF NOT EXISTS minutes
(
    site LowCardinality(String),
    -- Of the corrected clock.
    minute DateTime('UTC') CODEC(Delta, ZSTD(1)),
    is_bot Bool,
    bot_reason LowCardinality(String),
    first_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    last_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    -- Each event is in one of these four. Ids as 64-bit hashes, which no codec makes smaller.
    page_views SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)) CODEC(NONE),
    element_views SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)) CODEC(NONE),
    clicks SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)) CODEC(NONE),
    others SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)) CODEC(NONE),
    sessions SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)) CODEC(NONE),
    -- Of them, what arrived more than ten minutes after it had happened, and what a clock more than five minutes off had dated.
    late SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)) CODEC(NONE),
    clock_off SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)) CODEC(NONE)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (site, minute, is_bot, bot_reason)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS mv_minutes TO minutes AS
SELECT
    site,
    toStartOfMinute(corrected_at) AS minute,
    is_bot,
    bot_reason,
    min(corrected_at) AS first_at,
    max(corrected_at) AS last_at,
    groupUniqArrayIf(cityHash64(id), type = 'view' AND event_title = 'page_view') AS page_views,
    groupUniqArrayIf(cityHash64(id), type = 'view' AND event_title != 'page_view' AND element_id != '') AS element_views,
    groupUniqArrayIf(cityHash64(id), type = 'click' AND element_id != '') AS clicks,
    groupUniqArrayIf(cityHash64(id), NOT (type = 'view' AND event_title = 'page_view' OR type IN ('view', 'click') AND element_id != '')) AS others,
    groupUniqArray(cityHash64(session_id)) AS sessions,
    groupUniqArrayIf(cityHash64(id), received_at > corrected_at + toIntervalMinute(10)) AS late,
    groupUniqArrayIf(cityHash64(id), abs(ifNull(clock_skew_ms, 0)) > 300000) AS clock_off
FROM events
GROUP BY site, minute, is_bot, bot_reason;

INSERT INTO minutes
SELECT
    site,
    toStartOfMinute(corrected_at) AS minute,
    is_bot,
    bot_reason,
    min(corrected_at) AS first_at,
    max(corrected_at) AS last_at,
    groupUniqArrayIf(cityHash64(id), type = 'view' AND event_title = 'page_view') AS page_views,
    groupUniqArrayIf(cityHash64(id), type = 'view' AND event_title != 'page_view' AND element_id != '') AS element_views,
    groupUniqArrayIf(cityHash64(id), type = 'click' AND element_id != '') AS clicks,
    groupUniqArrayIf(cityHash64(id), NOT (type = 'view' AND event_title = 'page_view' OR type IN ('view', 'click') AND element_id != '')) AS others,
    groupUniqArray(cityHash64(session_id)) AS sessions,
    groupUniqArrayIf(cityHash64(id), received_at > corrected_at + toIntervalMinute(10)) AS late,
    groupUniqArrayIf(cityHash64(id), abs(ifNull(clock_skew_ms, 0)) > 300000) AS clock_off
FROM events
GROUP BY site, minute, is_bot, bot_reason
SETTINGS max_bytes_before_external_group_by = 500000000;
