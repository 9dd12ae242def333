-- title: Average order value
-- unit: currency
-- definition: Net revenue by orders: value of the orders that were paid in the period and not cancelled since, divided by their number.
-- grain: one row per currency
-- chart: number
-- parameters: site, from, to, bots
SELECT
    currency,
    count() AS orders,
    toFloat64(sum(order_value)) / orders AS aov
FROM orders_view
WHERE site = {site:String}
    AND created_time IS NOT NULL
    AND paid_time >= {from:DateTime64(3, 'UTC')}
    AND paid_time < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND payment_status = 'paid'
GROUP BY currency
ORDER BY orders DESC, currency ASC
