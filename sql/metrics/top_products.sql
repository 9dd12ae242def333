-- title: Top products
-- unit: currency
-- definition: Net revenue, purchases (distinct orders) and units of the orders that were paid in the period, by product, and the product_view events of the period, in quarters of an hour, beside them.
-- grain: one row per product and currency, most revenue first; a product that was only viewed has no currency
-- chart: table with bars
-- parameters: site, from, to, bots, limit
SELECT
    product_id,
    currency,
    ifNull(sold.revenue, 0) AS revenue,
    ifNull(sold.purchases, 0) AS purchases,
    ifNull(sold.units, 0) AS units,
    ifNull(viewed.views, 0) AS views
FROM
(
    SELECT
        line.5 AS product_id,
        currency,
        sum(toDecimal128(ifNull(line.3, 0), 4) * line.4) AS revenue,
        uniqExact(order_id) AS purchases,
        sum(line.4) AS units
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
    GROUP BY product_id, currency
) AS sold
FULL OUTER JOIN
(
    SELECT product_id, sum(length(quarters.views)) AS views
    FROM quarters FINAL
    WHERE site = {site:String}
        AND product_id != ''
        AND quarter >= toStartOfFifteenMinutes({from:DateTime64(3, 'UTC')})
        AND quarter < {to:DateTime64(3, 'UTC')}
        AND (NOT is_bot OR {bots:UInt8} = 1)
    GROUP BY product_id
) AS viewed USING (product_id)
ORDER BY revenue DESC, product_id ASC, currency ASC
LIMIT {limit:UInt32}
