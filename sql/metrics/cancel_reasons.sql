-- title: Reasons of cancellation
-- unit: orders
-- definition: Cancelled orders whose order_created falls into the period, by the error_code of their first order_cancelled.
-- grain: one row per reason, most frequent first
-- chart: bars
-- parameters: site, from, to, bots, limit
SELECT
    cancel_reason,
    count() AS orders
FROM orders_view
WHERE site = {site:String}
    AND created_time IS NOT NULL
    AND created_time >= {from:DateTime64(3, 'UTC')}
    AND created_time < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND payment_status = 'cancelled'
GROUP BY cancel_reason
ORDER BY orders DESC, cancel_reason ASC
LIMIT {limit:UInt32}
