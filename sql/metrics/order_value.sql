-- title: Order value
-- unit: currency
-- definition: Sum of price × quantity over the lines of the orders whose order_created falls into the period, paid or not. Only order_created makes lines: the same fields travel on every later stage.
-- grain: one row per currency
-- chart: number
-- parameters: site, from, to, bots
SELECT
    currency,
    count() AS orders,
    sum(orders_view.order_value) AS order_value
FROM orders_view
WHERE site = {site:String}
    AND created_time IS NOT NULL
    AND created_time >= {from:DateTime64(3, 'UTC')}
    AND created_time < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
GROUP BY currency
ORDER BY order_value DESC, currency ASC
