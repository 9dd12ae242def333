//! Orders and payments, joined by the order's id however late the last word on it comes.

mod rows;

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};
use uuid::Uuid;

pub use rows::{Category, Durations, Orders, Payments, ProductSales};

use super::calendar::{Calendar, date};
use super::share::{quantile, share};
use crate::occurrence::{Deed, Line, Occurrence};

#[derive(Debug, Default)]
struct Order {
    session_id: Uuid,
    created_ms: Option<i64>,
    paid_ms: Option<i64>,
    delivered_ms: Option<i64>,
    cancelled: Option<&'static str>,
    refused: bool,
    /// Of `order_created`: every later event of the order repeats them.
    lines: Vec<Line>,
}

#[derive(Debug, Default)]
pub(super) struct Counting {
    orders: HashMap<Uuid, Order>,
    views: HashMap<&'static str, u64>,
    attempts: u64,
    errors: BTreeMap<&'static str, u64>,
}

/// What became of an order's payment. A later word of the list yields to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Cancelled,
    Paid,
    Failed,
    Unknown,
}

impl Counting {
    pub(super) fn viewed(&mut self, line: &Line) {
        *self.views.entry(line.product.id).or_default() += 1;
    }

    pub(super) fn observe(&mut self, occurrence: &Occurrence) {
        let ms = occurrence.at.0;
        match occurrence.deed {
            Deed::OrderCreated { order, line } => {
                let order = self.orders.entry(order).or_default();
                order.session_id = occurrence.session_id;
                order.created_ms.get_or_insert(ms);
                order.lines.push(line);
            }
            Deed::PaymentAttempt { order, error, .. } => {
                self.attempts += 1;
                if let Some(code) = error {
                    *self.errors.entry(code).or_default() += 1;
                    self.orders.entry(order).or_default().refused = true;
                }
            }
            Deed::OrderPaid { order, .. } => _ = self.orders.entry(order).or_default().paid_ms.get_or_insert(ms),
            Deed::OrderDelivered { order, .. } => {
                _ = self.orders.entry(order).or_default().delivered_ms.get_or_insert(ms);
            }
            Deed::OrderCancelled { order, reason, .. } => {
                _ = self.orders.entry(order).or_default().cancelled.get_or_insert(reason);
            }
            _ => {}
        }
    }

    pub(super) fn finish(self, calendar: &mut Calendar) -> (Orders, Payments) {
        let errors = self.errors.values().sum();
        let payments = Payments {
            attempts: self.attempts,
            errors,
            error_share: share(errors, self.attempts),
            error_codes: owned(self.errors),
        };
        (orders(&self.orders, &self.views, calendar), payments)
    }
}

impl Order {
    fn status(&self) -> Status {
        match (self.cancelled, self.paid_ms, self.refused) {
            (Some(_), _, _) => Status::Cancelled,
            (None, Some(_), _) => Status::Paid,
            (None, None, true) => Status::Failed,
            (None, None, false) => Status::Unknown,
        }
    }

    fn value_cents(&self) -> u64 {
        self.lines.iter().map(Line::value_cents).sum()
    }
}

fn orders(orders: &HashMap<Uuid, Order>, views: &HashMap<&'static str, u64>, calendar: &mut Calendar) -> Orders {
    let created = || orders.values().filter(|order| order.created_ms.is_some());
    let with = |status| created().filter(move |order| order.status() == status);
    let count = |status| with(status).count() as u64;
    let mut revenue_by_day = BTreeMap::new();
    for order in with(Status::Paid) {
        let day = calendar.day(order.paid_ms.unwrap_or_default());
        *revenue_by_day.entry(date(day).to_string()).or_default() += order.value_cents();
    }
    let mut cancel_reasons = BTreeMap::new();
    for reason in created().filter_map(|order| order.cancelled) {
        *cancel_reasons.entry(reason).or_default() += 1;
    }
    let (all, paid) = (created().count() as u64, count(Status::Paid));
    let net_revenue_cents = with(Status::Paid).map(Order::value_cents).sum();
    let paying_sessions = with(Status::Paid).map(|order| order.session_id).collect::<HashSet<_>>();
    let ever_paid = created().filter(|order| order.paid_ms.is_some());
    let lag = |from: fn(&Order) -> Option<i64>, to: fn(&Order) -> Option<i64>| {
        durations(created().filter_map(|order| Some((to(order)? - from(order)?).unsigned_abs())))
    };
    Orders {
        created: all,
        paid,
        cancelled: count(Status::Cancelled),
        failed: count(Status::Failed),
        unknown: count(Status::Unknown),
        delivered: created().filter(|order| order.delivered_ms.is_some()).count() as u64,
        items: created()
            .flat_map(|order| &order.lines)
            .map(|line| u64::from(line.quantity))
            .sum(),
        order_value_cents: created().map(Order::value_cents).sum(),
        gross_revenue_cents: ever_paid.map(Order::value_cents).sum(),
        net_revenue_cents,
        average_order_value_cents: share(net_revenue_cents, paid),
        paying_sessions: paying_sessions.len() as u64,
        cancel_share: share(count(Status::Cancelled), all),
        cancel_reasons: owned(cancel_reasons),
        revenue_by_day_cents: revenue_by_day,
        categories: rows::categories(with(Status::Paid).map(|order| &*order.lines)),
        products: rows::products(with(Status::Paid).map(|order| &*order.lines), views),
        time_to_pay: lag(|order| order.created_ms, |order| order.paid_ms),
        time_to_deliver: lag(|order| order.paid_ms, |order| order.delivered_ms),
    }
}

fn durations(values: impl Iterator<Item = u64>) -> Durations {
    let mut values = values.collect::<Vec<_>>();
    values.sort_unstable();
    Durations {
        orders: values.len() as u64,
        mean_ms: share(values.iter().sum(), values.len() as u64),
        p50_ms: quantile(&values, 500),
        p95_ms: quantile(&values, 950),
    }
}

fn owned(counts: BTreeMap<&str, u64>) -> BTreeMap<String, u64> {
    counts
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count))
        .collect()
}
