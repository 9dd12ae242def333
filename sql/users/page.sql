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
    e.site AS site,
    e.user_id AS user_id,
    toUnixTimestamp64Milli(min(e.corrected_at)) AS first_seen_ms,
    toUnixTimestamp64Milli(max(e.corrected_at)) AS last_seen_ms,
    uniqExact(e.session_id) AS sessions,
    uniqExactIf(e.order_id, e.event_title = 'order_created' AND e.order_id NOT IN ('', '00000000-0000-0000-0000-000000000000')) AS orders
FROM events AS e
WHERE (e.site, e.user_id) IN (SELECT site, user_id FROM page)
    -- The sorting key knows only the client's clock, by which a day may be off by one.
    AND toDate(e.created_at) >= (SELECT min(first_day) - 1 FROM page)
    AND toDate(e.created_at) <= (SELECT max(last_day) + 1 FROM page)
    AND (NOT e.is_bot OR {bots:UInt8} = 1)
GROUP BY e.site, e.user_id
ORDER BY site ASC, user_id ASC
