-- What most questions about money need of an order's origin by itself: the state of eight texts took half of their time. And orders are read
-- with FINAL: their ids begin with their time, as a rule, so that there is little to merge.
ALTER TABLE orders_fact
    -- Of the first `order_created`, or without one of the first event: 1 with one and 0 without, eighteen digits as in `sessions.first_event`,
    -- then the currency. The greatest is the first.
    ADD COLUMN IF NOT EXISTS first_currency SimpleAggregateFunction(max, String) CODEC(ZSTD(1));

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
    max(concat(if(event_title = 'order_created', '1', '0'), toString((9999999999999 - toUnixTimestamp64Milli(corrected_at)) * 65536 + bitAnd(cityHash64(id), 65535)), currency)) AS first_currency,
    argMinState(toString(if(event_title = 'order_cancelled', error_code, '')), (event_title != 'order_cancelled', corrected_at, id)) AS cancel_reason,
    groupUniqArrayArray(if(event_title = 'order_created', [(id, received_at, price, ifNull(quantity, 1), product_id, toString(category))], [])) AS line_items
FROM events
WHERE order_id NOT IN ('', '00000000-0000-0000-0000-000000000000')
    AND event_title IN ('order_created', 'order_paid', 'order_delivered', 'order_cancelled', 'payment_attempt')
GROUP BY site, order_id;

INSERT INTO orders_fact (site, order_id, first_currency)
SELECT
    site,
    order_id,
    max(concat(if(event_title = 'order_created', '1', '0'), toString((9999999999999 - toUnixTimestamp64Milli(corrected_at)) * 65536 + bitAnd(cityHash64(id), 65535)), currency)) AS first_currency
FROM events
WHERE order_id NOT IN ('', '00000000-0000-0000-0000-000000000000')
    AND event_title IN ('order_created', 'order_paid', 'order_delivered', 'order_cancelled', 'payment_attempt')
GROUP BY site, order_id
SETTINGS max_bytes_before_external_group_by = 500000000;

DROP VIEW IF EXISTS orders_view;

CREATE VIEW IF NOT EXISTS orders_view AS
SELECT
    site,
    order_id,
    created_time,
    paid_time,
    delivered_time,
    cancelled_time,
    failed_time,
    is_bot,
    finalizeAggregation(o.origin) AS whose,
    whose.1 AS user_id,
    whose.2 AS session_id,
    whose.3 AS channel,
    whose.4 AS channel_group,
    whose.5 AS device_type,
    whose.6 AS platform,
    whose.7 AS country,
    substring(o.first_currency, 20) AS currency,
    -- Of an event that came twice the later arrival, as in `events`.
    arrayCompact(line -> line.1, arraySort(line -> (line.1, -toUnixTimestamp64Milli(line.2)), o.line_items)) AS order_lines,
    -- NULL without an `order_created` that had a price.
    if(arrayExists(line -> line.3 IS NOT NULL, order_lines), arraySum(line -> toDecimal128(ifNull(line.3, 0), 4) * line.4, order_lines), NULL) AS order_value,
    arraySum(line -> line.4, order_lines) AS items,
    -- What happened later wins: a cancelled order was often paid, a paid one often failed first.
    multiIf(cancelled_time IS NOT NULL, 'cancelled', paid_time IS NOT NULL, 'paid', failed_time IS NOT NULL, 'failed', 'unknown') AS payment_status,
    finalizeAggregation(o.cancel_reason) AS cancel_reason
FROM orders_fact AS o FINAL;
