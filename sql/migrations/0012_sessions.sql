-- A visit is made of views and clicks: what a back end reports days later does not prolong it. And sessions know what visitors
-- are told apart by, their steps and their pages. Read the table with FINAL.
ALTER TABLE sessions
    -- Of views and clicks; of a session that has none, beyond all others. `ended_at` is that of any event: the session is kept
    -- from then on.
    ADD COLUMN IF NOT EXISTS first_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) DEFAULT toDateTime64('2299-12-31 00:00:00', 3, 'UTC') CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS last_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    -- The same in all views and clicks of a session, as a rule; else the greatest.
    ADD COLUMN IF NOT EXISTS user_id SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS device_type SimpleAggregateFunction(max, LowCardinality(String)),
    ADD COLUMN IF NOT EXISTS platform SimpleAggregateFunction(max, LowCardinality(String)),
    ADD COLUMN IF NOT EXISTS browser SimpleAggregateFunction(max, LowCardinality(String)),
    ADD COLUMN IF NOT EXISTS os SimpleAggregateFunction(max, LowCardinality(String)),
    ADD COLUMN IF NOT EXISTS country SimpleAggregateFunction(max, LowCardinality(String)),
    -- Of its views and clicks, as 64-bit hashes.
    ADD COLUMN IF NOT EXISTS event_ids SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)) CODEC(ZSTD(1)),
    -- Page views: thirteen digits of milliseconds since 1970, then the path.
    ADD COLUMN IF NOT EXISTS pages SimpleAggregateFunction(groupUniqArrayArray, Array(String)) CODEC(ZSTD(1)),
    -- Events with a title of their own, a back end's too: milliseconds since 1970 above 22 bits of the title's hash. Of a
    -- hundred titles two have the same 22 bits on one site in eight hundred.
    ADD COLUMN IF NOT EXISTS steps SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)) CODEC(ZSTD(1)),
    -- How the visit began: channel, channel_group, utm_source, utm_medium, utm_campaign, referrer's domain of its first view or
    -- click.
    ADD COLUMN IF NOT EXISTS entry AggregateFunction(argMin, Tuple(String, String, String, String, String, String), UInt64) CODEC(ZSTD(1)),
    ADD INDEX IF NOT EXISTS first_at_minmax first_at TYPE minmax GRANULARITY 1;

ALTER TABLE mv_sessions MODIFY QUERY
SELECT
    site,
    session_id,
    max(corrected_at) AS ended_at,
    min(if(type = 'server', toDateTime64('2299-12-31 00:00:00', 3, 'UTC'), corrected_at)) AS first_at,
    max(if(type = 'server', toDateTime64('1970-01-01 00:00:00', 3, 'UTC'), corrected_at)) AS last_at,
    max(is_bot) AS is_bot,
    maxIf(user_id, type != 'server') AS user_id,
    maxIf(device_type, type != 'server') AS device_type,
    maxIf(platform, type != 'server') AS platform,
    maxIf(browser, type != 'server') AS browser,
    maxIf(os, type != 'server') AS os,
    maxIf(country, type != 'server') AS country,
    groupUniqArrayIf(cityHash64(id), type != 'server') AS event_ids,
    groupUniqArrayIf(concat(toString(toUnixTimestamp64Milli(corrected_at)), path(url)), type = 'view' AND event_title = 'page_view') AS pages,
    groupUniqArrayIf(
        bitOr(bitShiftLeft(toUInt64(toUnixTimestamp64Milli(corrected_at)), 22), bitAnd(cityHash64(event_title), 4194303)),
        event_title NOT IN ('', 'element_view', 'click')
    ) AS steps,
    argMinStateIf(
        (toString(channel), toString(channel_group), toString(utm_source), toString(utm_medium), toString(utm_campaign), domain(referrer)),
        bitOr(bitShiftLeft(toUInt64(toUnixTimestamp64Milli(corrected_at)), 20), bitAnd(cityHash64(id), 1048575)),
        type != 'server'
    ) AS entry
FROM events
GROUP BY site, session_id;

DROP VIEW IF EXISTS sessions_view;

ALTER TABLE sessions DROP INDEX IF EXISTS started_at_minmax;

ALTER TABLE sessions DROP COLUMN IF EXISTS started_at, DROP COLUMN IF EXISTS events;

INSERT INTO sessions (site, session_id, ended_at, first_at, last_at, is_bot, user_id, device_type, platform, browser, os, country, event_ids, pages, steps, entry)
SELECT
    site,
    session_id,
    max(corrected_at) AS ended_at,
    min(if(type = 'server', toDateTime64('2299-12-31 00:00:00', 3, 'UTC'), corrected_at)) AS first_at,
    max(if(type = 'server', toDateTime64('1970-01-01 00:00:00', 3, 'UTC'), corrected_at)) AS last_at,
    max(is_bot) AS is_bot,
    maxIf(user_id, type != 'server') AS user_id,
    maxIf(device_type, type != 'server') AS device_type,
    maxIf(platform, type != 'server') AS platform,
    maxIf(browser, type != 'server') AS browser,
    maxIf(os, type != 'server') AS os,
    maxIf(country, type != 'server') AS country,
    groupUniqArrayIf(cityHash64(id), type != 'server') AS event_ids,
    groupUniqArrayIf(concat(toString(toUnixTimestamp64Milli(corrected_at)), path(url)), type = 'view' AND event_title = 'page_view') AS pages,
    groupUniqArrayIf(
        bitOr(bitShiftLeft(toUInt64(toUnixTimestamp64Milli(corrected_at)), 22), bitAnd(cityHash64(event_title), 4194303)),
        event_title NOT IN ('', 'element_view', 'click')
    ) AS steps,
    argMinStateIf(
        (toString(channel), toString(channel_group), toString(utm_source), toString(utm_medium), toString(utm_campaign), domain(referrer)),
        bitOr(bitShiftLeft(toUInt64(toUnixTimestamp64Milli(corrected_at)), 20), bitAnd(cityHash64(id), 1048575)),
        type != 'server'
    ) AS entry
FROM events
GROUP BY site, session_id
SETTINGS max_bytes_before_external_group_by = 500000000;

-- Sessions with a view or a click.
CREATE VIEW IF NOT EXISTS sessions_view AS
SELECT
    site,
    session_id,
    first_at AS started_at,
    last_at AS ended_at,
    -- One event makes a session of 0 ms.
    dateDiff('millisecond', first_at, last_at) AS length_ms,
    is_bot,
    length(s.event_ids) AS events,
    length(s.pages) AS page_views,
    user_id,
    device_type,
    platform,
    browser,
    os,
    country,
    finalizeAggregation(s.entry) AS first_event,
    first_event.1 AS channel,
    first_event.2 AS channel_group,
    first_event.3 AS utm_source,
    first_event.4 AS utm_medium,
    first_event.5 AS utm_campaign,
    first_event.6 AS referrer_domain
FROM sessions AS s FINAL
WHERE first_at < toDateTime64('2299-12-31 00:00:00', 3, 'UTC');

-- Sessions and users by what they came with, by site and day (UTC) of the session's beginning, without bots.
CREATE VIEW IF NOT EXISTS device_stats AS
SELECT
    site,
    toDate(first_at) AS day,
    device_type,
    platform,
    browser,
    os,
    country,
    count() AS sessions,
    uniqExactIf(user_id, user_id != '') AS users
FROM sessions FINAL
WHERE NOT is_bot AND first_at < toDateTime64('2299-12-31 00:00:00', 3, 'UTC')
GROUP BY site, day, device_type, platform, browser, os, country;
