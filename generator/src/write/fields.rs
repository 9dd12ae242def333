//! The payload's fields of each deed, by the names of the event contract.

use uuid::Uuid;

use crate::occurrence::{Deed, Line, Occurrence, Point};

/// Everything that `payload` may hold; each form writes what is given.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) element_id: &'static str,
    pub(super) point: Option<Point>,
    /// Width and height of viewport and page.
    pub(super) sizes: Option<[u32; 4]>,
    pub(super) line: Option<Line>,
    pub(super) in_currency: bool,
    pub(super) order_id: Option<Uuid>,
    pub(super) status: &'static str,
    pub(super) error_code: &'static str,
    pub(super) latency_ms: Option<u32>,
    pub(super) rest: Rest,
}

/// What has no column.
#[derive(Default)]
pub(super) enum Rest {
    #[default]
    Nothing,
    ElementSize(u32, u32),
    Search(&'static str, u32),
    Amount(u64),
    AmountOfItems(u64, u32),
}

pub(super) fn of(occurrence: &Occurrence) -> Fields {
    let ordered = |order_id, line| Fields {
        order_id: Some(order_id),
        ..with(line)
    };
    match occurrence.deed {
        Deed::PageView { latency_ms } => Fields {
            sizes: Some(sizes(occurrence)),
            latency_ms: Some(latency_ms),
            ..Fields::default()
        },
        Deed::ElementView { element, width, height } => Fields {
            element_id: element,
            sizes: Some(sizes(occurrence)),
            rest: Rest::ElementSize(width, height),
            ..Fields::default()
        },
        Deed::Click { element, point } => Fields {
            element_id: element,
            point,
            sizes: Some(sizes(occurrence)),
            ..Fields::default()
        },
        Deed::ProductView(line) | Deed::AddToCart(line) | Deed::RemoveFromCart(line) => with(line),
        Deed::Search { query, results } => Fields {
            rest: Rest::Search(query, results),
            ..Fields::default()
        },
        Deed::CheckoutStart { amount_cents, items } => Fields {
            in_currency: true,
            rest: Rest::AmountOfItems(amount_cents, items),
            ..Fields::default()
        },
        Deed::OrderCreated { order, line } => ordered(order, line),
        Deed::OrderPaid { order, line } | Deed::OrderDelivered { order, line } => Fields {
            status: "ok",
            ..ordered(order, line)
        },
        Deed::OrderCancelled { order, line, reason } => Fields {
            error_code: reason,
            ..ordered(order, line)
        },
        Deed::PaymentAttempt {
            order,
            amount_cents,
            latency_ms,
            error,
        } => Fields {
            order_id: Some(order),
            in_currency: true,
            status: if error.is_some() { "error" } else { "ok" },
            error_code: error.unwrap_or(""),
            latency_ms: Some(latency_ms),
            rest: Rest::Amount(amount_cents),
            ..Fields::default()
        },
    }
}

fn with(line: Line) -> Fields {
    Fields {
        line: Some(line),
        in_currency: true,
        ..Fields::default()
    }
}

fn sizes(occurrence: &Occurrence) -> [u32; 4] {
    let viewport = occurrence.visitor.viewport;
    let page_height = viewport.page_height(occurrence.address.page);
    [viewport.width, viewport.height, viewport.width, page_height]
}
