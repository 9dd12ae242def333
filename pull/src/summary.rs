use std::fmt;

use client::Rejected;
use event::Money;

/// What was pulled and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Taken by the gateway, also those that have not changed.
    pub products: usize,
    pub carts: usize,
    /// Taken by the gateway, also those that it had.
    pub events: usize,
    /// Carts with at least one line that was bought.
    pub orders: usize,
    /// Of the carts, by the API's prices of now.
    pub revenue: Money,
    pub skipped: Vec<Skipped>,
    pub rejected_products: Vec<Rejected>,
    pub rejected_events: Vec<Rejected>,
    /// Times the API was asked again.
    pub api_retries: u32,
    /// Requests to the gateway that were sent again.
    pub gateway_retries: u32,
}

/// A line of a cart that gave no events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    pub cart: u64,
    pub product: u64,
    pub reason: &'static str,
}

impl Summary {
    /// Nothing is sent yet.
    pub(crate) fn fetched(carts: usize, api_retries: u32) -> Self {
        Self {
            products: 0,
            carts,
            events: 0,
            orders: 0,
            revenue: Money(0),
            skipped: Vec::new(),
            rejected_products: Vec::new(),
            rejected_events: Vec::new(),
            api_retries,
            gateway_retries: 0,
        }
    }

    /// Whether all that the API has is in the pipeline.
    pub fn is_complete(&self) -> bool {
        self.skipped.is_empty() && self.rejected_products.is_empty() && self.rejected_events.is_empty()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Skipped { cart, product, reason } in &self.skipped {
            writeln!(formatter, "cart {cart}, product {product}: skipped, {reason}")?;
        }
        for (what, rejected) in [("product", &self.rejected_products), ("event", &self.rejected_events)] {
            for one in rejected {
                let (id, field) = (
                    one.id.as_deref().unwrap_or("?"),
                    one.field.as_deref().unwrap_or("the whole"),
                );
                writeln!(formatter, "{what} {id}: {field}: {}: {}", one.reason, one.message)?;
            }
        }
        write!(
            formatter,
            "{} products and {} events of {} carts accepted: {} orders, revenue {} USD; \
             API asked again {} times, gateway {} times",
            self.products,
            self.events,
            self.carts,
            self.orders,
            amount(self.revenue),
            self.api_retries,
            self.gateway_retries
        )
    }
}

/// With cents, and with what is smaller where there is some.
fn amount(money: Money) -> String {
    let exact = money.to_string();
    match exact.strip_suffix("00") {
        Some(cents) => cents.to_owned(),
        None => exact,
    }
}
