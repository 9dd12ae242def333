-- Seed 001's event and user, which it does not name as tables: `events` and `users` in the database `clickstream`. Its events are views
-- and clicks; what a back end reports (`server`) is none. Numbers of 64 bits: see `id` and `user_id`. One row per event.
CREATE DATABASE IF NOT EXISTS clickstream;

DROP VIEW IF EXISTS clickstream.events;

CREATE VIEW IF NOT EXISTS clickstream.events AS
WITH
    arrayFilter(pair -> pair != '', [
        if(e.event_title = '', '', concat('"event_title":', toJSONString(toString(e.event_title)))),
        if(e.element_id = '', '', concat('"element_id":', toJSONString(toString(e.element_id)))),
        ifNull(concat('"x":', toString(e.x)), ''),
        ifNull(concat('"y":', toString(e.y)), ''),
        ifNull(concat('"element_x":', toString(e.element_x)), ''),
        ifNull(concat('"element_y":', toString(e.element_y)), ''),
        ifNull(concat('"viewport_w":', toString(e.viewport_w)), ''),
        ifNull(concat('"viewport_h":', toString(e.viewport_h)), ''),
        ifNull(concat('"page_w":', toString(e.page_w)), ''),
        ifNull(concat('"page_h":', toString(e.page_h)), ''),
        if(e.product_id = '', '', concat('"product_id":', toJSONString(e.product_id))),
        if(e.category = '', '', concat('"category":', toJSONString(toString(e.category)))),
        ifNull(concat('"price":"', toString(e.price), '"'), ''),
        if(e.currency = '', '', concat('"currency":', toJSONString(toString(e.currency)))),
        ifNull(concat('"quantity":', toString(e.quantity)), ''),
        if(e.order_id = '', '', concat('"order_id":', toJSONString(e.order_id))),
        if(e.status = '', '', concat('"status":', toJSONString(toString(e.status)))),
        if(e.error_code = '', '', concat('"error_code":', toJSONString(toString(e.error_code)))),
        ifNull(concat('"latency_ms":', toString(e.latency_ms)), '')
    ]) AS named,
    substring(e.payload, 2, length(e.payload) - 2) AS rest
SELECT
    -- The number that the sender gave, out of the UUID that it became (event::id); of every other id the same hash each time.
    if(
        match(toString(e.id), '^.{14}8.{4}8.63-6c69636b7074$'),
        reinterpretAsUInt64(reverse(unhex(concat(
            substring(toString(e.id), 1, 8), substring(toString(e.id), 10, 4), substring(toString(e.id), 16, 3), substring(toString(e.id), 21, 1)
        )))),
        sipHash64(e.id)
    ) AS id,
    e.type AS type,
    toDateTime(corrected_at, 'UTC') AS created_at,
    toDateTime(e.received_at, 'UTC') AS received_at,
    session_id,
    -- IPv4 as such, IPv6 as IPv6, empty where none is kept.
    if(startsWith(toString(e.ip), '::ffff:'), substring(assumeNotNull(toString(e.ip)), 8), ifNull(toString(e.ip), '')) AS ip,
    -- As in `users`: the number that the sender gave, else a hash; 0 without a user.
    multiIf(e.user_id = '', 0, toString(toUInt64OrZero(e.user_id)) = e.user_id, toUInt64OrZero(e.user_id), sipHash64(e.user_id)) AS user_id,
    url,
    referrer,
    e.device_type AS device_type,
    e.user_agent AS user_agent,
    -- All that the sender put there, with columns of its own or without. A field that ClickHouse's JSON cannot hold, such as 1e400,
    -- takes those without with it: `events.payload` of our database has them as sent.
    ifNull(
        accurateCastOrNull(concat('{', arrayStringConcat(if(rest = '', named, arrayPushBack(named, rest)), ','), '}'), 'JSON(event_title String, element_id String, x Nullable(Int32), y Nullable(Int32))'),
        accurateCast(concat('{', arrayStringConcat(named, ','), '}'), 'JSON(event_title String, element_id String, x Nullable(Int32), y Nullable(Int32))')
    ) AS payload,
    e.site AS site,
    is_bot
FROM events AS e FINAL
WHERE e.type IN ('view', 'click');

DROP VIEW IF EXISTS clickstream.users;

CREATE VIEW IF NOT EXISTS clickstream.users AS SELECT id, fio, country, site FROM users;
