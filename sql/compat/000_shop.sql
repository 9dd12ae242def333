-- Seed 000's tables, in its database `shop`. `device` is our platform, `channel` our channel group, and event_type our event title, of
-- which the seed knows nine. One row per event: FINAL takes away what arrived twice. The seed has three channels: what is neither `ads`
-- nor `email` came unpaid, and is `organic` here, also what `channel_group` calls `direct` and `referral`.
CREATE DATABASE IF NOT EXISTS shop;

DROP VIEW IF EXISTS shop.events_raw;

CREATE VIEW IF NOT EXISTS shop.events_raw AS
SELECT
    corrected_at AS event_time,
    toDate(corrected_at) AS event_date,
    toString(event_title) AS event_type,
    id AS event_id,
    user_id,
    session_id,
    -- The zero UUID where there is no order.
    toUUIDOrZero(e.order_id) AS order_id,
    product_id,
    toString(e.category) AS category,
    ifNull(e.price, 0) AS price,
    ifNull(e.quantity, 0) AS quantity,
    toString(platform) AS device,
    multiIf(e.channel_group IN ('', 'ads', 'email'), toString(e.channel_group), 'organic') AS channel,
    toString(e.country) AS country,
    if(e.status = 'error', 'error', 'ok') AS status,
    toString(e.error_code) AS error_code,
    ifNull(e.latency_ms, 0) AS latency_ms,
    toString(e.site) AS site
FROM events AS e FINAL
WHERE event_title IN ('page_view', 'product_view', 'add_to_cart', 'checkout_start', 'payment_attempt', 'order_created', 'order_paid', 'order_delivered', 'order_cancelled');

DROP VIEW IF EXISTS shop.orders_fact;

CREATE VIEW IF NOT EXISTS shop.orders_fact AS
SELECT
    toUUIDOrZero(o.order_id) AS order_id,
    -- Of a plain type, which every driver knows.
    o.created_time::Nullable(DateTime64(3, 'UTC')) AS created_time,
    o.paid_time::Nullable(DateTime64(3, 'UTC')) AS paid_time,
    o.delivered_time::Nullable(DateTime64(3, 'UTC')) AS delivered_time,
    o.cancelled_time::Nullable(DateTime64(3, 'UTC')) AS cancelled_time,
    multiIf(o.channel_group IN ('', 'ads', 'email'), o.channel_group, 'organic') AS channel,
    platform AS device,
    country,
    ifNull(o.order_value, 0) AS order_value,
    items,
    payment_status,
    cancel_reason,
    user_id,
    session_id,
    site
FROM orders_view AS o;

-- The materialized view's name; ours is of the table that it fills, in the database of the tables.
DROP VIEW IF EXISTS shop.mv_orders_fact;

CREATE VIEW IF NOT EXISTS shop.mv_orders_fact AS SELECT * FROM shop.orders_fact;

DROP VIEW IF EXISTS shop.user_first_seen;

CREATE VIEW IF NOT EXISTS shop.user_first_seen AS
SELECT
    user_id,
    toDate(min(u.first_time)) AS first_date,
    min(u.first_time)::DateTime64(3, 'UTC') AS first_time
FROM user_first_seen AS u
GROUP BY user_id;
