use std::collections::BTreeMap;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::occurrence::Line;
use crate::shop::PRODUCTS;

/// Distinct orders with an `order_created`, by what became of their payment: cancelled, else paid, else failed, else unknown.
/// Amounts are sums of price × quantity over the lines of `order_created`, in cents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Orders {
    pub created: u64,
    pub paid: u64,
    pub cancelled: u64,
    /// With a refused attempt and never paid.
    pub failed: u64,
    /// Without any attempt.
    pub unknown: u64,
    /// Whatever their status.
    pub delivered: u64,
    /// Sum of the quantities.
    pub items: u64,
    pub order_value_cents: u64,
    /// Of orders that were paid, cancelled afterwards or not.
    pub gross_revenue_cents: u64,
    /// Of orders that are paid and not cancelled.
    pub net_revenue_cents: u64,
    /// `net_revenue_cents` / `paid`
    pub average_order_value_cents: Option<f64>,
    /// Sessions of the orders of `paid`.
    pub paying_sessions: u64,
    /// `cancelled` / `created`
    pub cancel_share: Option<f64>,
    pub cancel_reasons: BTreeMap<String, u64>,
    /// Net, by the day of the payment.
    pub revenue_by_day_cents: BTreeMap<String, u64>,
    pub categories: Vec<Category>,
    /// Every product with a view or a sale, most revenue first.
    pub products: Vec<ProductSales>,
    /// From `order_created` to `order_paid`.
    pub time_to_pay: Durations,
    /// From `order_paid` to `order_delivered`.
    pub time_to_deliver: Durations,
}

/// Net sales of a category, most revenue first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    pub category: String,
    pub revenue_cents: u64,
    /// Distinct orders.
    pub orders: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductSales {
    pub product_id: String,
    /// Net.
    pub revenue_cents: u64,
    /// Distinct orders.
    pub purchases: u64,
    pub units: u64,
    /// `product_view` events.
    pub views: u64,
}

/// Milliseconds between two stages of the orders that reached both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Durations {
    pub orders: u64,
    pub mean_ms: Option<f64>,
    pub p50_ms: Option<u64>,
    pub p95_ms: Option<u64>,
}

/// `payment_attempt` events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Payments {
    pub attempts: u64,
    /// With status `error`.
    pub errors: u64,
    /// `errors` / `attempts`
    pub error_share: Option<f64>,
    pub error_codes: BTreeMap<String, u64>,
}

pub(super) fn categories<'o>(orders: impl Iterator<Item = &'o [Line]>) -> Vec<Category> {
    let mut counts = BTreeMap::<_, (u64, u64)>::new();
    for lines in orders {
        for (number, line) in lines.iter().enumerate() {
            let category = line.product.category;
            let (revenue_cents, orders) = counts.entry(category).or_default();
            *revenue_cents += line.value_cents();
            let is_first = lines[..number].iter().all(|other| other.product.category != category);
            *orders += u64::from(is_first);
        }
    }
    let rows = counts.into_iter().map(|(category, (revenue_cents, orders))| Category {
        category: category.to_owned(),
        revenue_cents,
        orders,
    });
    let mut rows = rows.collect::<Vec<_>>();
    rows.sort_by_key(|row| std::cmp::Reverse(row.revenue_cents));
    rows
}

/// An order has one line per product.
pub(super) fn products<'o>(
    orders: impl Iterator<Item = &'o [Line]>,
    views: &HashMap<&'static str, u64>,
) -> Vec<ProductSales> {
    let mut counts = HashMap::<_, (u64, u64, u64)>::new();
    for line in orders.flatten() {
        let (revenue_cents, purchases, units) = counts.entry(line.product.id).or_default();
        *revenue_cents += line.value_cents();
        *purchases += 1;
        *units += u64::from(line.quantity);
    }
    let rows = PRODUCTS.iter().filter_map(|product| {
        let sold = counts.get(product.id).copied();
        let views = views.get(product.id).copied();
        (sold.is_some() || views.is_some()).then(|| {
            let (revenue_cents, purchases, units) = sold.unwrap_or_default();
            ProductSales {
                product_id: product.id.to_owned(),
                revenue_cents,
                purchases,
                units,
                views: views.unwrap_or(0),
            }
        })
    });
    let mut rows = rows.collect::<Vec<_>>();
    rows.sort_by(|one, other| {
        let by_revenue = other.revenue_cents.cmp(&one.revenue_cents);
        by_revenue.then_with(|| one.product_id.cmp(&other.product_id))
    });
    rows
}
