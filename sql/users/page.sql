-- Identified users by site and id, after the cursor: when they were first and last seen, their sessions and orders.
WITH page AS
(
    SELECT site, user_id, min(day) AS first_day, max(day) AS last_day
    FROM daily_users
    WHERE ({all:UInt8} = 1 OR site = {site:String})
        AND (site, user_id) > ({after_site:String}, {after_user:String})
        AND (NOT is_bot OR {bots:UInt8} = 1)
    GROUP BY site, user_id
    ORDER BY site ASC, user_id ASC
    LIMIT {limit:UInt32}
)
SELECT
    p.site AS site,
    p.user_id AS user_id,
    -- Whose events have expired still has the days of the mart.
    if(e.sessions = 0, toInt64(toUnixTimestamp(toDateTime(p.first_day, 'UTC'))) * 1000, e.first_ms) AS first_seen_ms,
    if(e.sessions = 0, toInt64(toUnixTimestamp(toDateTime(p.last_day, 'UTC'))) * 1000, e.last_ms) AS last_seen_ms,
    e.sessions AS sessions,
    e.orders AS orders
FROM page AS p
LEFT JOIN
(
    SELECT
        site,
        user_id,
        toUnixTimestamp64Milli(min(corrected_at)) AS first_ms,
        toUnixTimestamp64Milli(max(corrected_at)) AS last_ms,
        uniqExact(session_id) AS sessions,
        uniqExactIf(order_id, event_title = 'order_created' AND order_id NOT IN ('', '00000000-0000-0000-0000-000000000000')) AS orders
    FROM events
    WHERE (site, user_id) IN (SELECT site, user_id FROM page)
        -- The sorting key knows only the client's clock, by which a day may be off by one.
        AND toDate(created_at) >= (SELECT min(first_day) - 1 FROM page)
        AND toDate(created_at) <= (SELECT max(last_day) + 1 FROM page)
        AND (NOT is_bot OR {bots:UInt8} = 1)
    GROUP BY site, user_id
) AS e ON e.site = p.site AND e.user_id = p.user_id
ORDER BY site ASC, user_id ASC
