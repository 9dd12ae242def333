-- title: Orders
-- unit: orders
-- definition: Distinct orders whose order_created falls into the period, by what became of their payment since: cancelled, else paid, else failed (an attempt was refused), else unknown. An order of several lines is one. delivered and items whatever the status.
-- grain: one row
-- chart: number
-- parameters: site, from, to, bots
SELECT
    count() AS created,
    countIf(payment_status = 'paid') AS paid,
    countIf(payment_status = 'cancelled') AS cancelled,
    countIf(payment_status = 'failed') AS failed,
    countIf(payment_status = 'unknown') AS unknown,
    countIf(delivered_time IS NOT NULL) AS delivered,
    sum(orders_view.items) AS items
FROM orders_view
WHERE site = {site:String}
    AND created_time IS NOT NULL
    AND created_time >= {from:DateTime64(3, 'UTC')}
    AND created_time < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
