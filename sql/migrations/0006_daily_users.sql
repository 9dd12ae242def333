-- Who was there on which day (UTC) of a site: exact users of a day, a week, a month, and of a day in another time zone.
-- Marts hold idempotent aggregates only. They have no window of tokens: an insert that is repeated, because the first was
-- cut off between events and its marts, goes into them again, and merges to the same.
CREATE TABLE IF NOT EXISTS daily_users
(
    site LowCardinality(String),
    day Date CODEC(Delta, ZSTD(1)),
    user_id String CODEC(ZSTD(1)),
    is_bot Bool,
    -- Bit n: there in the half hour that begins 30 n minutes after midnight UTC. Days of a zone are put together from it.
    half_hours SimpleAggregateFunction(groupBitOr, UInt64) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (site, day, user_id, is_bot)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS mv_daily_users TO daily_users AS
SELECT
    site,
    toDate(corrected_at) AS day,
    user_id,
    is_bot,
    groupBitOr(bitShiftLeft(toUInt64(1), toUInt8(intDiv(toHour(corrected_at) * 60 + toMinute(corrected_at), 30)))) AS half_hours
FROM events
WHERE user_id != ''
GROUP BY site, day, user_id, is_bot;

INSERT INTO daily_users
SELECT
    site,
    toDate(corrected_at) AS day,
    user_id,
    is_bot,
    groupBitOr(bitShiftLeft(toUInt64(1), toUInt8(intDiv(toHour(corrected_at) * 60 + toMinute(corrected_at), 30)))) AS half_hours
FROM events
WHERE user_id != ''
GROUP BY site, day, user_id, is_bot
SETTINGS max_bytes_before_external_group_by = 500000000;

-- Users by site and day (UTC), bots apart.
CREATE VIEW IF NOT EXISTS daily_users_view AS
SELECT
    site,
    day,
    uniqExactIf(user_id, NOT is_bot) AS users,
    uniqExactIf(user_id, is_bot) AS bots
FROM daily_users
GROUP BY site, day;
