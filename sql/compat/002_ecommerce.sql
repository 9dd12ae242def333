-- Seed 002's `products` and `events` in its database `ecommerce`: the funnel's three steps under its names. One row per event, and per
-- product of an order.
CREATE DATABASE IF NOT EXISTS ecommerce;

DROP VIEW IF EXISTS ecommerce.products;

CREATE VIEW IF NOT EXISTS ecommerce.products AS
SELECT id, title, price, category, description, image, rating_rate, rating_count, updated_at, site
FROM products;

DROP VIEW IF EXISTS ecommerce.events;

CREATE VIEW IF NOT EXISTS ecommerce.events AS
SELECT
    id AS event_id,
    toDate(corrected_at) AS event_date,
    corrected_at AS event_time,
    user_id,
    session_id,
    transform(toString(e.event_title), ['product_view', 'add_to_cart', 'order_paid'], ['view', 'cart', 'purchase'], '') AS event_type,
    product_id,
    e.category AS category,
    e.price AS price,
    ifNull(e.quantity, 1) AS quantity,
    e.payload AS metadata,
    e.site AS site,
    is_bot
FROM events AS e FINAL
WHERE e.event_title IN ('product_view', 'add_to_cart', 'order_paid');
