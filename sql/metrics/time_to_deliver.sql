-- title: Time to deliver
-- unit: milliseconds
-- definition: Time from order_paid to order_delivered, over the orders created in the period that reached both; quantiles are values that occurred.
-- grain: one row
-- chart: number
-- parameters: site, from, to, bots
SELECT
    count() AS orders,
    avgOrNull(abs(dateDiff('millisecond', paid_time, delivered_time))) AS mean_ms,
    if(orders = 0, NULL, quantileExact(0.5)(abs(dateDiff('millisecond', paid_time, delivered_time)))) AS p50_ms,
    if(orders = 0, NULL, quantileExact(0.95)(abs(dateDiff('millisecond', paid_time, delivered_time)))) AS p95_ms
FROM orders_view
WHERE site = {site:String}
    AND created_time IS NOT NULL
    AND created_time >= {from:DateTime64(3, 'UTC')}
    AND created_time < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND paid_time IS NOT NULL
    AND delivered_time IS NOT NULL
