-- How a visit began as a plain text: a state of six texts took three times as long to read, and longer to insert.
ALTER TABLE sessions
    -- Of the first view or click: eighteen digits, which are 9999999999999 less its milliseconds since 1970 above 16 bits of its id's hash,
    -- so that the greatest is the first; then channel, channel_group, referrer's domain, utm_source, utm_medium and utm_campaign with
    -- the control character 31 between them. Empty without any.
    ADD COLUMN IF NOT EXISTS first_event SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
    -- Hashes, which no codec makes smaller.
    MODIFY COLUMN event_ids CODEC(NONE);

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
    maxIf(
        concat(
            toString((9999999999999 - toUnixTimestamp64Milli(corrected_at)) * 65536 + bitAnd(cityHash64(id), 65535)),
            channel, char(31), channel_group, char(31), domain(referrer), char(31), utm_source, char(31), utm_medium, char(31), utm_campaign
        ),
        type != 'server'
    ) AS first_event
FROM events
GROUP BY site, session_id;

DROP VIEW IF EXISTS sessions_view;

ALTER TABLE sessions DROP COLUMN IF EXISTS entry;

-- Of the sessions that are there.
INSERT INTO sessions (site, session_id, ended_at, first_at, first_event)
SELECT
    site,
    session_id,
    max(corrected_at) AS ended_at,
    min(corrected_at) AS first_at,
    max(
        concat(
            toString((9999999999999 - toUnixTimestamp64Milli(corrected_at)) * 65536 + bitAnd(cityHash64(id), 65535)),
            channel, char(31), channel_group, char(31), domain(referrer), char(31), utm_source, char(31), utm_medium, char(31), utm_campaign
        )
    ) AS first_event
FROM events
WHERE type != 'server'
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
    splitByChar('\x1f', substring(s.first_event, 19)) AS entry,
    entry[1] AS channel,
    entry[2] AS channel_group,
    entry[4] AS utm_source,
    entry[5] AS utm_medium,
    entry[6] AS utm_campaign,
    entry[3] AS referrer_domain
FROM sessions AS s FINAL
WHERE first_at < toDateTime64('2299-12-31 00:00:00', 3, 'UTC');
