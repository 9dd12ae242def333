SELECT
    count() AS created,
    countIf(payment_status = 'paid') AS paid,
    countIf(payment_status = 'cancelled') AS cancelled,
    countIf(payment_status = 'failed') AS failed,
    countIf(payment_status = 'unknown') AS unknown,
    countIf(is_delivered) AS delivered,
    sum(order_items) AS items
FROM
(
    SELECT
        minIf(corrected_at, event_title = 'order_created') AS created_time,
        max(is_bot) AS of_bot,
        max(event_title = 'order_delivered') AS is_delivered,
        arraySum(arrayMap(line -> line.2, groupUniqArrayIf((id, ifNull(quantity, 1)), event_title = 'order_created'))) AS order_items,
        multiIf(
            max(event_title = 'order_cancelled'), 'cancelled',
            max(event_title = 'order_paid'), 'paid',
            max(event_title = 'payment_attempt' AND status = 'error'), 'failed',
            'unknown'
        ) AS payment_status
    FROM events
    WHERE site = {site:String}
        AND order_id NOT IN ('', '00000000-0000-0000-0000-000000000000')
        AND event_title IN ('order_created', 'order_paid', 'order_delivered', 'order_cancelled', 'payment_attempt')
    GROUP BY order_id
    HAVING max(event_title = 'order_created')
)
WHERE created_time >= {from:DateTime64(3, 'UTC')}
    AND created_time < {to:DateTime64(3, 'UTC')}
    AND (NOT of_bot OR {bots:UInt8} = 1)
