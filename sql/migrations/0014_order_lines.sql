-- Revenue by category and product asks what an order's lines are of.
ALTER TABLE orders_fact
    -- Product fields travel on every stage; only `order_created` makes lines: id of its event, received_at, price, quantity,
    -- product_id, category.
    ADD COLUMN IF NOT EXISTS line_items SimpleAggregateFunction(groupUniqArrayArray, Array(Tuple(UUID, DateTime64(3, 'UTC'), Nullable(Decimal(18, 4)), UInt32, String, String)));

ALTER TABLE mv_orders_fact MODIFY QUERY
SELECT
    site,
    order_id,
    min(if(event_title = 'order_created', corrected_at, NULL)) AS created_time,
    min(if(event_title = 'order_paid', corrected_at, NULL)) AS paid_time,
    min(if(event_title = 'order_delivered', corrected_at, NULL)) AS delivered_time,
    min(if(event_title = 'order_cancelled', corrected_at, NULL)) AS cancelled_time,
    min(if(event_title = 'payment_attempt' AND status = 'error', corrected_at, NULL)) AS failed_time,
    max(is_bot) AS is_bot,
    argMinState(
        (user_id, session_id, toString(channel), toString(channel_group), toString(device_type), toString(platform), toString(country), toString(currency)),
        (event_title != 'order_created', corrected_at, id)
    ) AS origin,
    argMinState(toString(if(event_title = 'order_cancelled', error_code, '')), (event_title != 'order_cancelled', corrected_at, id)) AS cancel_reason,
    groupUniqArrayArray(if(event_title = 'order_created', [(id, received_at, price, ifNull(quantity, 1), product_id, toString(category))], [])) AS line_items
FROM events
WHERE order_id NOT IN ('', '00000000-0000-0000-0000-000000000000')
    AND event_title IN ('order_created', 'order_paid', 'order_delivered', 'order_cancelled', 'payment_attempt')
GROUP BY site, order_id;

DROP VIEW IF EXISTS orders_view;

ALTER TABLE orders_fact DROP COLUMN IF EXISTS lines;

INSERT INTO orders_fact (site, order_id, line_items)
SELECT
    site,
    order_id,
    groupUniqArray((id, received_at, price, ifNull(quantity, 1), product_id, toString(category))) AS line_items
FROM events
WHERE order_id NOT IN ('', '00000000-0000-0000-0000-000000000000') AND event_title = 'order_created'
GROUP BY site, order_id
SETTINGS max_bytes_before_external_group_by = 500000000;

CREATE VIEW IF NOT EXISTS orders_view AS
SELECT
    site,
    order_id,
    min(o.created_time) AS created_time,
    min(o.paid_time) AS paid_time,
    min(o.delivered_time) AS delivered_time,
    min(o.cancelled_time) AS cancelled_time,
    min(o.failed_time) AS failed_time,
    max(o.is_bot) AS is_bot,
    argMinMerge(o.origin) AS whose,
    whose.1 AS user_id,
    whose.2 AS session_id,
    whose.3 AS channel,
    whose.4 AS channel_group,
    whose.5 AS device_type,
    whose.6 AS platform,
    whose.7 AS country,
    whose.8 AS currency,
    -- Of an event that came twice the later arrival, as in `events`.
    arrayCompact(line -> line.1, arraySort(line -> (line.1, -toUnixTimestamp64Milli(line.2)), groupUniqArrayArray(o.line_items))) AS order_lines,
    -- NULL without an `order_created` that had a price.
    if(arrayExists(line -> line.3 IS NOT NULL, order_lines), arraySum(line -> toDecimal128(ifNull(line.3, 0), 4) * line.4, order_lines), NULL) AS order_value,
    arraySum(line -> line.4, order_lines) AS items,
    -- What happened later wins: a cancelled order was often paid, a paid one often failed first.
    multiIf(cancelled_time IS NOT NULL, 'cancelled', paid_time IS NOT NULL, 'paid', failed_time IS NOT NULL, 'failed', 'unknown') AS payment_status,
    argMinMerge(o.cancel_reason) AS cancel_reason
FROM orders_fact AS o
GROUP BY site, order_id;
