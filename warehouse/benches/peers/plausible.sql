-- Plausible, `events_v2` without the columns that would be empty and without those of the session, which it copies into every event:
-- github.com/plausible/analytics, priv/data_migrations/NumericIDs/sql/create-events-v2.sql.eex, its types and keys, with the
-- codecs of priv/ingest_repo/migrations/20240220123656 and 20240305085310. It has no id of an event, and seconds. What has no column
-- is in the custom properties, which are two arrays.
CREATE TABLE {table}
(
    timestamp DateTime CODEC(Delta(4), LZ4),
    name LowCardinality(String),
    site_id UInt64,
    user_id UInt64,
    session_id UInt64,
    hostname String CODEC(ZSTD(3)),
    pathname String CODEC(ZSTD(3)),
    referrer String CODEC(ZSTD(3)),
    referrer_source String CODEC(ZSTD(3)),
    country_code FixedString(2),
    screen_size LowCardinality(String),
    operating_system LowCardinality(String),
    operating_system_version LowCardinality(String),
    browser LowCardinality(String),
    browser_version LowCardinality(String),
    utm_medium String CODEC(ZSTD(3)),
    utm_source String CODEC(ZSTD(3)),
    utm_campaign String CODEC(ZSTD(3)),
    meta_key Array(String) CODEC(ZSTD(3)),
    meta_value Array(String) CODEC(ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(timestamp)
PRIMARY KEY (site_id, toDate(timestamp), name, user_id)
ORDER BY (site_id, toDate(timestamp), name, user_id, timestamp);
SELECT
    toDateTime(created_at), if(event_title = '', type, event_title), toUInt64(1), cityHash64(user_id), cityHash64(session_id), domain(url),
    path(url), referrer, domain(referrer), toFixedString(if(length(country) = 2, country, 'DE'), 2), device_type, os, os_version, browser,
    browser_version, utm_medium, utm_source, utm_campaign, mapKeys({pairs}), mapValues({pairs})
FROM source
