-- title: Conversion
-- unit: share
-- definition: Sessions with a purchase (order_paid, cancelled afterwards or not), by both denominators that a share "of the views" may have: of the sessions with a product_view (by_sessions), and of the product_view events (by_views). Over sessions that began in the period.
-- grain: one row
-- chart: number
-- parameters: site, from, to, bots
SELECT
    countIf(arrayExists(step -> bitAnd(step, 4194303) = bitAnd(cityHash64('order_paid'), 4194303), steps)) AS purchase_sessions,
    countIf(arrayExists(step -> bitAnd(step, 4194303) = bitAnd(cityHash64('product_view'), 4194303), steps)) AS product_view_sessions,
    sum(arrayCount(step -> bitAnd(step, 4194303) = bitAnd(cityHash64('product_view'), 4194303), steps)) AS product_views,
    if(product_view_sessions = 0, NULL, purchase_sessions / product_view_sessions) AS by_sessions,
    if(product_views = 0, NULL, purchase_sessions / product_views) AS by_views
FROM sessions FINAL
WHERE site = {site:String}
    AND first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
