-- title: Orders by session
-- unit: orders
-- definition: Seed 002's reading of an order: sessions with a purchase, so that two orders of one session are one; their net revenue and its mean beside them, over orders that were paid in the period.
-- grain: one row per currency
-- chart: number
-- parameters: site, from, to, bots
SELECT
    currency,
    uniqExact(session_id) AS orders,
    sum(order_value) AS revenue,
    toFloat64(revenue) / orders AS aov
FROM orders_view
WHERE site = {site:String}
    AND created_time IS NOT NULL
    AND paid_time >= {from:DateTime64(3, 'UTC')}
    AND paid_time < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND payment_status = 'paid'
GROUP BY currency
ORDER BY orders DESC, currency ASC
