use uuid::Uuid;

use super::Product;

/// One page of the shop.
#[derive(Debug, Clone, Copy)]
pub enum Page {
    /// The catalogue by its folder's address, where visits begin.
    Home,
    /// The catalogue by its file's address, of all categories or of one.
    Catalogue(Option<&'static str>),
    Search(&'static str),
    Product(&'static Product),
    Cart,
    Checkout,
    Payment(Uuid),
    Order(Uuid),
}

/// A page with the campaign parameters that a visit began with, empty on all others.
#[derive(Debug, Clone, Copy)]
pub struct Address {
    pub page: Page,
    pub campaign: &'static str,
}

impl Page {
    /// The path of the URL, by which pages are counted.
    pub fn path(self) -> &'static str {
        match self {
            Self::Home => "/shop/",
            Self::Catalogue(_) | Self::Search(_) => "/shop/index.html",
            Self::Product(_) => "/shop/product.html",
            Self::Cart => "/shop/cart.html",
            Self::Checkout => "/shop/checkout.html",
            Self::Payment(_) => "/shop/payment.html",
            Self::Order(_) => "/shop/order.html",
        }
    }
}

impl Address {
    /// Appends the relative URL.
    pub(crate) fn write(self, text: &mut String) {
        text.push_str(self.page.path());
        let mut buffer = Uuid::encode_buffer();
        let (name, value) = match self.page {
            Page::Home | Page::Catalogue(None) | Page::Cart | Page::Checkout => ("", ""),
            Page::Catalogue(Some(category)) => ("?category=", category),
            Page::Search(query) => ("?q=", query),
            Page::Product(product) => ("?id=", product.id),
            Page::Payment(order) => ("?order=", &*order.hyphenated().encode_lower(&mut buffer)),
            Page::Order(order) => ("?id=", &*order.hyphenated().encode_lower(&mut buffer)),
        };
        text.push_str(name);
        text.push_str(value);
        if !self.campaign.is_empty() {
            text.push(if name.is_empty() { '?' } else { '&' });
            text.push_str(self.campaign);
        }
    }
}
