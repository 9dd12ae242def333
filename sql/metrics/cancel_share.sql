-- title: Cancel share
-- unit: share
-- definition: Of the orders whose order_created falls into the period, the share that was cancelled since, paid before or not.
-- grain: one row
-- chart: number
-- parameters: site, from, to, bots
SELECT
    count() AS orders,
    countIf(payment_status = 'cancelled') AS cancelled,
    if(orders = 0, NULL, cancelled / orders) AS cancel_share
FROM orders_view
WHERE site = {site:String}
    AND created_time IS NOT NULL
    AND created_time >= {from:DateTime64(3, 'UTC')}
    AND created_time < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
