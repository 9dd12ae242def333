-- What comes to mind first: texts and numbers, in the order of time, and the payload as it came.
CREATE TABLE {table}
(
    id String,
    site String,
    type String,
    event_title String,
    created_at DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    session_id String,
    user_id String,
    url String,
    referrer String,
    user_agent String,
    browser String,
    browser_version String,
    os String,
    os_version String,
    device_type String,
    platform String,
    country String,
    channel String,
    utm_source String,
    utm_medium String,
    utm_campaign String,
    ip String,
    payload String
)
ENGINE = MergeTree
ORDER BY created_at;
SELECT
    toString(id), site, type, event_title, created_at, received_at, session_id, user_id, url, referrer, user_agent, browser, browser_version,
    os, os_version, device_type, platform, country, channel, utm_source, utm_medium, utm_campaign, ifNull(toString(ip), ''), {properties}
FROM source
