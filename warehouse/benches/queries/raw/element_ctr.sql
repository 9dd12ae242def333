WITH 1.96 AS z
SELECT
    element_id,
    sum(pair_views) AS views,
    sum(pair_clicks) AS clicks,
    countIf(pair_views > 0) AS seen,
    countIf(pair_views > 0 AND pair_clicks > 0) AS seen_and_clicked,
    if(seen = 0, NULL, seen_and_clicked / seen) AS ctr,
    if(seen = 0, NULL, (ctr + z * z / (2 * seen) - z * sqrt(ctr * (1 - ctr) / seen + z * z / (4 * seen * seen))) / (1 + z * z / seen)) AS ctr_low,
    if(seen = 0, NULL, (ctr + z * z / (2 * seen) + z * sqrt(ctr * (1 - ctr) / seen + z * z / (4 * seen * seen))) / (1 + z * z / seen)) AS ctr_high,
    if(views = 0, NULL, clicks / views) AS raw_ctr
FROM
(
    SELECT
        element_id,
        uniqExactIf(id, type = 'view') AS pair_views,
        uniqExactIf(id, type = 'click') AS pair_clicks,
        min(corrected_at) AS first_at,
        max(is_bot) AS of_bot
    FROM events
    WHERE site = {site:String} AND type IN ('view', 'click') AND event_title != 'page_view' AND element_id != ''
    GROUP BY element_id, path(url), session_id
)
WHERE first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT of_bot OR {bots:UInt8} = 1)
GROUP BY element_id
ORDER BY clicks DESC, views DESC, element_id ASC
LIMIT {limit:UInt32}
