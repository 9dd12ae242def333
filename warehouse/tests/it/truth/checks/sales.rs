use generator::Expected;
use generator::truth::Durations;
use serde_json::{Value, json};

use super::{Check, check};

/// Orders and payments.
pub(super) fn checks(expected: &Expected) -> Vec<Check> {
    let (orders, payments) = (&expected.orders, &expected.payments);
    let lag = |durations: &Durations| vec![json!(durations)];
    let aov = orders.average_order_value_cents.unwrap() / 100.0;
    vec![
        check(
            "orders",
            &[],
            vec![json!({
                "created": orders.created,
                "paid": orders.paid,
                "cancelled": orders.cancelled,
                "failed": orders.failed,
                "unknown": orders.unknown,
                "delivered": orders.delivered,
                "items": orders.items,
            })],
        ),
        check(
            "order_value",
            &["currency"],
            vec![json!({"order_value": money(orders.order_value_cents)})],
        ),
        check(
            "revenue",
            &[],
            vec![json!({
                "gross_revenue": money(orders.gross_revenue_cents),
                "net_revenue": money(orders.net_revenue_cents),
                "orders": orders.paid,
            })],
        ),
        check("aov", &[], vec![json!({"orders": orders.paid, "aov": aov})]),
        check(
            "orders_by_session",
            &[],
            vec![json!({
                "orders": orders.paying_sessions,
                "revenue": money(orders.net_revenue_cents),
                "aov": orders.net_revenue_cents as f64 / 100.0 / orders.paying_sessions as f64,
            })],
        ),
        check(
            "cancel_share",
            &[],
            vec![json!({"orders": orders.created, "cancelled": orders.cancelled, "cancel_share": orders.cancel_share})],
        ),
        check(
            "cancel_reasons",
            &["cancel_reason"],
            orders
                .cancel_reasons
                .iter()
                .map(|(reason, count)| json!({"cancel_reason": reason, "orders": count}))
                .collect(),
        ),
        check(
            "revenue_by_day",
            &["day"],
            orders
                .revenue_by_day_cents
                .iter()
                .map(|(day, cents)| json!({"day": day, "revenue": money(*cents)}))
                .collect(),
        ),
        check(
            "revenue_by_category",
            &["category"],
            orders
                .categories
                .iter()
                .map(|row| json!({"category": row.category, "revenue": money(row.revenue_cents), "orders": row.orders}))
                .collect(),
        ),
        check(
            "top_products",
            &["product_id"],
            orders
                .products
                .iter()
                .map(|row| {
                    json!({
                        "product_id": row.product_id,
                        "revenue": money(row.revenue_cents),
                        "purchases": row.purchases,
                        "units": row.units,
                        "views": row.views,
                    })
                })
                .collect(),
        ),
        check("time_to_pay", &[], lag(&orders.time_to_pay)),
        check("time_to_deliver", &[], lag(&orders.time_to_deliver)),
        check(
            "error_share",
            &[],
            vec![json!({"events": payments.attempts, "errors": payments.errors, "error_share": payments.error_share})],
        ),
        check(
            "error_codes",
            &["error_code"],
            payments
                .error_codes
                .iter()
                .map(|(code, count)| json!({"error_code": code, "errors": count}))
                .collect(),
        ),
    ]
}

fn money(cents: u64) -> Value {
    json!(cents as f64 / 100.0)
}
