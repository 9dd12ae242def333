-- title: Revenue
-- unit: currency
-- definition: Gross: value of the orders that were paid in the period. Net: of those of them that were not cancelled since. Of an order without order_created nothing is known.
-- grain: one row per currency
-- chart: number
-- parameters: site, from, to, bots
SELECT
    currency,
    sum(order_value) AS gross_revenue,
    sumIf(order_value, payment_status = 'paid') AS net_revenue,
    count() AS orders_ever_paid,
    countIf(payment_status = 'paid') AS orders
FROM orders_view
WHERE site = {site:String}
    AND created_time IS NOT NULL
    AND paid_time >= {from:DateTime64(3, 'UTC')}
    AND paid_time < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY currency
ORDER BY net_revenue DESC, currency ASC
