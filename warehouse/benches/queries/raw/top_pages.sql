SELECT
    path,
    sum(session_views) AS views,
    count() AS sessions
FROM
(
    SELECT
        path(url) AS path,
        uniqExact(id) AS session_views,
        min(corrected_at) AS first_at,
        max(is_bot) AS of_bot
    FROM events
    WHERE site = {site:String} AND type = 'view' AND event_title = 'page_view'
    GROUP BY path, session_id
)
WHERE first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT of_bot OR {bots:UInt8} = 1)
GROUP BY path
ORDER BY views DESC, path ASC
LIMIT {limit:UInt32}
