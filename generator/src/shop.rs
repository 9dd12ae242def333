//! What visitors see of `demo-site/`: its pages, its stock, the ids on its elements and where they lie.

pub(crate) mod layout;
mod page;
mod stock;

use std::ops::Range;

pub use page::{Address, Page};
pub use stock::{CURRENCY, PRODUCTS, Product};

/// Categories with the id of their link, in the order of the navigation.
pub(crate) const CATEGORIES: [(&str, &str); 5] = [
    ("tea", "#category-tea"),
    ("coffee", "#category-coffee"),
    ("brewing", "#category-brewing"),
    ("cups", "#category-cups"),
    ("sweets", "#category-sweets"),
];

/// Queries with the places in [`PRODUCTS`] of what the shop's own search finds.
pub(crate) const SEARCHES: [(&str, Range<usize>); 4] = [
    ("bergamot", 2..3),
    ("walnut", 11..12),
    ("shizuoka", 0..1),
    ("matcha", 0..0),
];

/// Why a shop cancels an order by itself, and what a visitor's own cancelling is called.
pub(crate) const CUSTOMER_REQUEST: &str = "CUSTOMER_REQUEST";
pub(crate) const OUT_OF_STOCK: &str = "OUT_OF_STOCK";
pub(crate) const PAYMENT_EXPIRED: &str = "PAYMENT_EXPIRED";
