-- Umami, `website_event` and `event_data`, without the hourly table and the projections that hold every row once more:
-- github.com/umami-software/umami, db/clickhouse/schema.sql at 01617e8e. Columns, types and keys that our events fill are theirs;
-- the properties of an event, rows of `event_data` there, are one text here, which is smaller.
CREATE TABLE {table}
(
    website_id UUID,
    session_id UUID,
    visit_id UUID,
    event_id UUID,
    hostname LowCardinality(String),
    browser LowCardinality(String),
    os LowCardinality(String),
    device LowCardinality(String),
    screen LowCardinality(String),
    country LowCardinality(String),
    city String,
    url_path String,
    url_query String,
    referrer_path String,
    referrer_query String,
    referrer_domain String,
    event_type UInt32,
    event_name String,
    created_at DateTime('UTC'),
    data String
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(created_at)
PRIMARY KEY (toStartOfHour(created_at), website_id, session_id, visit_id)
ORDER BY (toStartOfHour(created_at), website_id, session_id, visit_id, created_at);
SELECT
    reinterpretAsUUID(sipHash128(site)),
    reinterpretAsUUID(sipHash128(if(user_id = '', session_id, user_id))),
    reinterpretAsUUID(sipHash128(session_id)),
    id,
    domain(url),
    browser,
    os,
    device_type,
    if(viewport_w IS NULL, '', concat(toString(viewport_w), 'x', toString(viewport_h))),
    country,
    city,
    path(url),
    queryString(url),
    path(referrer),
    queryString(referrer),
    domain(referrer),
    toUInt32(if(event_title = 'page_view', 1, 2)),
    if(event_title = '', type, event_title),
    toDateTime(created_at),
    {properties}
FROM source
