-- title: Abandoned carts
-- unit: share
-- definition: Of the sessions with an add_to_cart that began in the period, the share without an order_created; those without an order_paid beside it.
-- grain: one row
-- chart: number
-- parameters: site, from, to, bots
SELECT
    count() AS with_cart,
    countIf(NOT arrayExists(step -> bitAnd(step, 4194303) = bitAnd(cityHash64('order_created'), 4194303), steps)) AS without_order,
    countIf(NOT arrayExists(step -> bitAnd(step, 4194303) = bitAnd(cityHash64('order_paid'), 4194303), steps)) AS without_payment,
    if(with_cart = 0, NULL, without_order / with_cart) AS abandoned_share
FROM sessions FINAL
WHERE site = {site:String}
    AND first_at >= {from:DateTime64(3, 'UTC')}
    AND first_at < {to:DateTime64(3, 'UTC')}
    AND (NOT is_bot OR {bots:UInt8} = 1)
    AND arrayExists(step -> bitAnd(step, 4194303) = bitAnd(cityHash64('add_to_cart'), 4194303), steps)
