use std::collections::BTreeMap;

use super::optional;
use crate::client::{CURRENCY, Event};

pub(super) const VIEW: &str = "SELECT site, order_id, toUnixTimestamp64Milli(created_time), toUnixTimestamp64Milli(paid_time), \
    toUnixTimestamp64Milli(delivered_time), toUnixTimestamp64Milli(cancelled_time), toUnixTimestamp64Milli(failed_time), \
    is_bot, user_id, session_id, currency, toInt64(order_value * 10000), items, payment_status, cancel_reason FROM orders_view";

/// An order belongs to the session of its first `order_created`, or without one of its first event. No two events of a
/// session have the same moment, and an order is made in one session.
pub(super) fn recount(events: &[&Event]) -> Vec<String> {
    let mut orders: BTreeMap<_, Vec<&Event>> = BTreeMap::new();
    for event in events.iter().filter(|event| !event.order_id.is_empty()) {
        orders.entry((event.site, &event.order_id)).or_default().push(event);
    }
    orders
        .into_iter()
        .map(|((site, id), events)| line(site, id, &events))
        .collect()
}

fn line(site: &str, order_id: &str, events: &[&Event]) -> String {
    let titled = |title| events.iter().filter(move |event| event.title == title);
    let first = |title| titled(title).map(|event| event.created_at).min();
    let [created, paid, delivered, cancelled] =
        ["order_created", "order_paid", "order_delivered", "order_cancelled"].map(first);
    let failures = titled("payment_attempt").filter(|event| event.status == "error");
    let failed = failures.map(|event| event.created_at).min();
    let origin = events
        .iter()
        .min_by_key(|event| (event.title != "order_created", event.created_at));
    let cancellation = titled("order_cancelled").min_by_key(|event| event.created_at);
    let value =
        titled("order_created").map(|event| event.price_units().unwrap_or_default() * event.quantity.unwrap_or(1));
    let items: i64 = titled("order_created").map(|event| event.quantity.unwrap_or(1)).sum();
    let status = match (cancelled, paid, failed) {
        (Some(_), _, _) => "cancelled",
        (_, Some(_), _) => "paid",
        (_, _, Some(_)) => "failed",
        _ => "unknown",
    };
    let columns = [
        site.to_owned(),
        order_id.to_owned(),
        optional(created),
        optional(paid),
        optional(delivered),
        optional(cancelled),
        optional(failed),
        "0".to_owned(),
        origin.map(|event| event.user_id.clone()).unwrap_or_default(),
        origin.map(|event| event.session_id.clone()).unwrap_or_default(),
        CURRENCY.to_owned(),
        optional(created.map(|_| value.sum())),
        items.to_string(),
        status.to_owned(),
        cancellation
            .map(|event| event.error_code.to_owned())
            .unwrap_or_default(),
    ];
    columns.join("\t")
}
