-- title: Click-through rate of elements
-- unit: share
-- definition: Of the (session, page, element) that were seen, the share in which the element was clicked too; a second click does not raise it, and a click without a view does not count. Views and clicks beside it are distinct events.
-- grain: one row per element, most clicked first
-- chart: table with bars
-- parameters: site, from, to, bots, limit
SELECT
    element_id,
    sum(pair_views) AS views,
    sum(pair_clicks) AS clicks,
    countIf(pair_views > 0) AS seen,
    countIf(pair_views > 0 AND pair_clicks > 0) AS seen_and_clicked,
    if(seen = 0, NULL, seen_and_clicked / seen) AS ctr,
    if(views = 0, NULL, clicks / views) AS raw_ctr
FROM
(
    SELECT
        element_id,
        uniqExactIf(id, type = 'view') AS pair_views,
        uniqExactIf(id, type = 'click') AS pair_clicks
    FROM events
    WHERE site = {site:String}
        AND corrected_at >= {from:DateTime64(3, 'UTC')}
        AND corrected_at < {to:DateTime64(3, 'UTC')}
        -- The sorting key knows only the client's clock; without these two lines every day of the site is read.
        AND created_at >= {from:DateTime64(3, 'UTC')} - toIntervalDay(1)
        AND created_at < {to:DateTime64(3, 'UTC')} + toIntervalDay(1)
        AND type IN ('view', 'click')
        AND event_title != 'page_view'
        AND element_id != ''
        AND (NOT is_bot OR {bots:UInt8} = 1)
    GROUP BY session_id, path, element_id
)
GROUP BY element_id
ORDER BY clicks DESC, views DESC, element_id ASC
LIMIT {limit:UInt32}
