-- title: Revenue by category
-- unit: currency
-- definition: Net revenue of the orders that were paid in the period, by the category of their lines; an order with lines of two categories counts in both.
-- grain: one row per category and currency, most revenue first
-- chart: bars
-- parameters: site, from, to, bots, limit
SELECT
    line.6 AS category,
    currency,
    sum(toDecimal128(ifNull(line.3, 0), 4) * line.4) AS revenue,
    uniqExact(order_id) AS orders
FROM
(
    SELECT order_id, currency, arrayJoin(order_lines) AS line
    FROM orders_view
    WHERE site = {site:String}
        AND created_time IS NOT NULL
        AND paid_time >= {from:DateTime64(3, 'UTC')}
        AND paid_time < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
        AND payment_status = 'paid'
)
GROUP BY category, currency
ORDER BY revenue DESC, category ASC, currency ASC
LIMIT {limit:UInt32}
