-- title: Revenue by day
-- unit: currency
-- definition: Net revenue by the day of the payment: value of the orders that were paid on it and not cancelled since.
-- grain: one row per day of the time zone and currency with a paid order
-- chart: bars
-- parameters: site, from, to, tz, bots
SELECT
    toDate(paid_time, {tz:String}) AS day,
    currency,
    sum(order_value) AS revenue,
    count() AS orders
FROM orders_view
WHERE site = {site:String}
    AND created_time IS NOT NULL
    AND paid_time >= {from:DateTime64(3, 'UTC')}
    AND paid_time < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND payment_status = 'paid'
GROUP BY day, currency
ORDER BY day ASC, currency ASC
