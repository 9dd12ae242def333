-- A user is active by views and clicks; what a back end reports later is no visit. And the days of Nepal begin at a quarter of
-- an hour.
ALTER TABLE daily_users
    -- Bit n: a view or a click in the quarter of an hour that begins 15 n minutes after midnight UTC, after noon UTC. Days of any
    -- zone are put together from them.
    ADD COLUMN IF NOT EXISTS quarters_am SimpleAggregateFunction(groupBitOr, UInt64) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS quarters_pm SimpleAggregateFunction(groupBitOr, UInt64) CODEC(ZSTD(1));

ALTER TABLE mv_daily_users MODIFY QUERY
SELECT
    site,
    toDate(corrected_at) AS day,
    user_id,
    is_bot,
    -- Of any event.
    groupBitOr(bitShiftLeft(toUInt64(1), toUInt8(intDiv(toHour(corrected_at) * 60 + toMinute(corrected_at), 30)))) AS half_hours,
    groupBitOr(if(type != 'server' AND toHour(corrected_at) < 12, bitShiftLeft(toUInt64(1), (toHour(corrected_at) * 4 + intDiv(toMinute(corrected_at), 15)) % 48), 0)) AS quarters_am,
    groupBitOr(if(type != 'server' AND toHour(corrected_at) >= 12, bitShiftLeft(toUInt64(1), (toHour(corrected_at) * 4 + intDiv(toMinute(corrected_at), 15)) % 48), 0)) AS quarters_pm
FROM events
WHERE user_id != ''
GROUP BY site, day, user_id, is_bot;

INSERT INTO daily_users (site, day, user_id, is_bot, quarters_am, quarters_pm)
SELECT
    site,
    toDate(corrected_at) AS day,
    user_id,
    is_bot,
    groupBitOr(if(type != 'server' AND toHour(corrected_at) < 12, bitShiftLeft(toUInt64(1), (toHour(corrected_at) * 4 + intDiv(toMinute(corrected_at), 15)) % 48), 0)) AS quarters_am,
    groupBitOr(if(type != 'server' AND toHour(corrected_at) >= 12, bitShiftLeft(toUInt64(1), (toHour(corrected_at) * 4 + intDiv(toMinute(corrected_at), 15)) % 48), 0)) AS quarters_pm
FROM events
WHERE user_id != '' AND type != 'server'
GROUP BY site, day, user_id, is_bot
SETTINGS max_bytes_before_external_group_by = 500000000;

DROP VIEW IF EXISTS daily_users_view;

-- Active users by site and day (UTC), bots apart.
CREATE VIEW IF NOT EXISTS daily_users_view AS
SELECT
    site,
    day,
    uniqExactIf(user_id, NOT is_bot) AS users,
    uniqExactIf(user_id, is_bot) AS bots
FROM daily_users
WHERE quarters_am != 0 OR quarters_pm != 0
GROUP BY site, day;

-- The first view or click of each user of a site: the beginning of retention. A minimum is the same whatever comes twice or late.
CREATE TABLE IF NOT EXISTS user_first_seen
(
    site LowCardinality(String),
    user_id String CODEC(ZSTD(1)),
    is_bot Bool,
    first_time SimpleAggregateFunction(min, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    first_date Date ALIAS toDate(first_time)
)
ENGINE = AggregatingMergeTree
ORDER BY (site, user_id, is_bot)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS mv_user_first_seen TO user_first_seen AS
SELECT site, user_id, is_bot, min(corrected_at) AS first_time
FROM events
WHERE user_id != '' AND type != 'server'
GROUP BY site, user_id, is_bot;

INSERT INTO user_first_seen
SELECT site, user_id, is_bot, min(corrected_at) AS first_time
FROM events
WHERE user_id != '' AND type != 'server'
GROUP BY site, user_id, is_bot
SETTINGS max_bytes_before_external_group_by = 500000000;

CREATE VIEW IF NOT EXISTS user_first_seen_view AS
SELECT
    site,
    user_id,
    is_bot,
    min(f.first_time) AS first_time,
    toDate(first_time) AS first_date
FROM user_first_seen AS f
GROUP BY site, user_id, is_bot;
