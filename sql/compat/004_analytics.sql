-- Seed 004's table `events`, in a database of its own, `analytics`, because ours holds the table of that name. Its TTL of a year is the
-- retention of our events (sql/retention.toml), and its months are our partitions.
CREATE DATABASE IF NOT EXISTS analytics;

DROP VIEW IF EXISTS analytics.events;

CREATE VIEW IF NOT EXISTS analytics.events AS
SELECT
    if(e.event_title = '', toString(e.type), toString(e.event_title)) AS event_type,
    user_id,
    toDateTime(corrected_at, 'UTC') AS timestamp,
    payload AS metadata,
    -- Not in the seed's DDL, but in its queries.
    session_id,
    e.site AS site
FROM events AS e FINAL;
