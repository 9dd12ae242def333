-- How far down a page was seen, beside that it was seen.
ALTER TABLE element_pairs
    -- Of a page: the deepest percent of it that was in sight, of any of the session's looks at it; 0 where no `page_leave` told.
    ADD COLUMN IF NOT EXISTS depth SimpleAggregateFunction(max, UInt8);

ALTER TABLE mv_element_pairs MODIFY QUERY
SELECT
    site,
    event_title = 'page_view' AND type = 'view' OR event_title = 'page_leave' AND type = 'server' AS is_page,
    session_id,
    if(is_page OR event_title = 'page_view', '', element_id) AS element_id,
    path(url) AS path,
    min(corrected_at) AS first_at,
    max(is_bot) AS is_bot,
    groupBitOr(toUInt8(multiIf(type = 'view', 1, type = 'click', 2, 0))) AS seen_clicked,
    max(if(is_page AND user_id != '' AND type = 'view', cityHash64(user_id), 0)) AS user,
    groupUniqArrayIf(cityHash64(id), is_page AND type = 'view') AS page_views,
    max(if(event_title = 'page_leave' AND type = 'server', toUInt8(least(100, JSONExtractUInt(payload, 'scroll_depth'))), 0)) AS depth
FROM events
WHERE type = 'view' AND event_title = 'page_view'
    OR type = 'server' AND event_title = 'page_leave'
    OR type IN ('view', 'click') AND event_title != 'page_view' AND events.element_id != ''
GROUP BY site, session_id, is_page, element_id, path;

-- Of the pages that are there. A page that was left but whose view never came has no `page_views`, and counts nowhere.
INSERT INTO element_pairs (site, is_page, session_id, path, first_at, depth)
SELECT
    site,
    true AS is_page,
    session_id,
    path(url) AS path,
    min(corrected_at) AS first_at,
    max(toUInt8(least(100, JSONExtractUInt(payload, 'scroll_depth')))) AS depth
FROM events
WHERE type = 'server' AND event_title = 'page_leave'
GROUP BY site, session_id, path
SETTINGS max_bytes_before_external_group_by = 500000000;

DROP VIEW IF EXISTS page_stats;

-- By site, day (UTC) and page, without bots.
CREATE VIEW IF NOT EXISTS page_stats AS
SELECT
    site,
    toDate(first_at) AS day,
    path,
    sum(length(e.page_views)) AS views,
    count() AS sessions,
    uniqExactIf(user, user != 0) AS users
FROM element_pairs AS e FINAL
WHERE NOT is_bot AND is_page AND notEmpty(e.page_views)
GROUP BY site, day, path;
