-- Rybbit, `events` without the columns that would be empty: github.com/rybbit-io/rybbit,
-- server/src/db/clickhouse/schema/core.ts at 14d03ee5. Types and keys are theirs; `props` is their JSON type.
CREATE TABLE {table}
(
    site_id UInt16,
    timestamp DateTime,
    session_id String,
    user_id String,
    hostname String,
    pathname String,
    querystring String,
    url_parameters Map(String, String),
    referrer String,
    channel String,
    browser LowCardinality(String),
    browser_version LowCardinality(String),
    operating_system LowCardinality(String),
    operating_system_version LowCardinality(String),
    country LowCardinality(FixedString(2)),
    region LowCardinality(String),
    city String,
    screen_width UInt16,
    screen_height UInt16,
    device_type LowCardinality(String),
    type LowCardinality(String),
    event_name String,
    props JSON,
    ip Nullable(String)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (site_id, timestamp);
SELECT
    toUInt16(1), toDateTime(created_at), session_id, user_id, domain(url), path(url), queryString(url),
    mapFromArrays(extractURLParameterNames(url), arrayMap(pair -> substring(pair, position(pair, '=') + 1), extractURLParameters(url))),
    referrer, channel, browser, browser_version, os, os_version, toFixedString(if(length(country) = 2, country, 'DE'), 2), region, city,
    toUInt16(least(ifNull(viewport_w, 0), 65535)), toUInt16(least(ifNull(viewport_h, 0), 65535)), device_type,
    if(event_title = 'page_view', 'pageview', 'custom_event'), if(event_title = '', type, event_title), {properties}, toString(ip)
FROM source
