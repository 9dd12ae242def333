//! A cart as the funnel of seed 002: every product of it was seen, put into the cart, and bought.
//!
//! The events have the titles that the shop and the generator use, because the metrics read these; the seed's names, `view`,
//! `cart` and `purchase`, stand beside them as `step`.
//!
//! The API has carts and no events, so the steps and their times are made here, from the cart alone: the same cart gives the
//! same ids and times whenever it is pulled, and the pipeline stores each event once.

use std::collections::HashMap;

use event::json::Object;
use event::{Money, Timestamp};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::Skipped;
use crate::shape::{Cart, CartLine, Product};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    View,
    Cart,
    /// The back end has the order: what its lines cost is counted here.
    Order,
    Purchase,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunnelEvent<'p> {
    pub id: Uuid,
    pub step: Step,
    pub created_at: Timestamp,
    pub cart: u64,
    pub user: u64,
    pub product: &'p Product,
    pub quantity: u32,
}

/// All of the API's prices: it names no currency, and is shown with dollars.
const CURRENCY: &str = "USD";
/// Between two products that are looked at.
const LOOKING_MS: i64 = 45_000;
/// From the view to the click.
const DECIDING_MS: i64 = 12_000;
/// From the order to the payment.
const PAYING_MS: i64 = 60_000;
/// What is added to each of these, at most.
const HESITATION_MS: u64 = 30_000;

impl Step {
    /// As `event_title` has it.
    pub fn title(self) -> &'static str {
        match self {
            Self::View => "product_view",
            Self::Cart => "add_to_cart",
            Self::Order => "order_created",
            Self::Purchase => "order_paid",
        }
    }

    /// The seed's name.
    fn of_seed(self) -> Option<&'static str> {
        match self {
            Self::View => Some("view"),
            Self::Cart => Some("cart"),
            Self::Order => None,
            Self::Purchase => Some("purchase"),
        }
    }

    /// In the contract's terms: a page with the product was seen, its button was clicked, the rest is the back end's to say.
    fn event_type(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Cart => "click",
            Self::Order | Self::Purchase => "server",
        }
    }

    fn url(self, product: &str) -> String {
        match self {
            Self::View | Self::Cart => format!("/products/{product}"),
            Self::Order | Self::Purchase => "/checkout".to_owned(),
        }
    }
}

/// The cart's events in the order of their time; lines that cannot become events are in `skipped`.
pub fn events<'p>(
    site: &str,
    cart: &Cart,
    products: &'p HashMap<u64, Product>,
    skipped: &mut Vec<Skipped>,
) -> Vec<FunnelEvent<'p>> {
    let mut lines = Vec::new();
    for line in &cart.products {
        match known(line, products) {
            Ok(product) => lines.push((product, line.quantity, nth(product, &lines))),
            Err(reason) => skipped.push(Skipped {
                cart: cart.id,
                product: line.product_id,
                reason,
            }),
        }
    }
    let event = |step, at, (product, quantity, nth): (&'p Product, u32, usize)| FunnelEvent {
        id: id(site, cart.id, product.id, nth, step),
        step,
        created_at: at,
        cart: cart.id,
        user: cart.user_id,
        product,
        quantity,
    };
    let mut events = Vec::with_capacity(lines.len() * 4);
    let mut now = cart.date;
    for line in &lines {
        let hesitation = hesitation_ms(cart.id, line.0.id);
        events.push(event(Step::View, now, *line));
        events.push(event(Step::Cart, Timestamp(now.0 + DECIDING_MS + hesitation), *line));
        now = Timestamp(now.0 + DECIDING_MS + LOOKING_MS + hesitation);
    }
    events.extend(lines.iter().map(|line| event(Step::Order, now, *line)));
    let paid = Timestamp(now.0 + PAYING_MS + hesitation_ms(cart.id, 0));
    events.extend(lines.iter().map(|line| event(Step::Purchase, paid, *line)));
    events
}

impl FunnelEvent<'_> {
    /// As `POST /events` takes it.
    pub fn json(&self) -> String {
        let mut text = String::new();
        let mut buffer = Uuid::encode_buffer();
        let cart = format!("cart-{}", self.cart);
        let product = self.product.id.to_string();
        let mut event = Object::new(&mut text);
        event
            .text("id", self.id.hyphenated().encode_lower(&mut buffer))
            .text("type", self.step.event_type())
            .text("created_at", &self.created_at.to_string())
            .text("session_id", &format!("pull-{cart}"))
            .text("user_id", &self.user.to_string())
            .text("url", &self.step.url(&product));
        let mut payload = event.object("payload");
        payload
            .text("event_title", self.step.title())
            .text("product_id", &product)
            .text("category", &self.product.category)
            .text("price", &self.product.price.text)
            .text("currency", CURRENCY)
            .number("quantity", self.quantity.into());
        if let Step::Order | Step::Purchase = self.step {
            payload.text("order_id", &cart).text("status", "ok");
        }
        if let Some(step) = self.step.of_seed() {
            payload.text("step", step);
        }
        payload.text("product_title", &self.product.title);
        drop(payload);
        drop(event);
        text
    }

    /// What the event adds to the revenue.
    pub fn revenue(&self) -> Money {
        match self.step {
            Step::View | Step::Cart | Step::Order => Money(0),
            Step::Purchase => Money(self.product.price.money.0.saturating_mul(self.quantity.into())),
        }
    }
}

fn known<'p>(line: &CartLine, products: &'p HashMap<u64, Product>) -> Result<&'p Product, &'static str> {
    match products.get(&line.product_id) {
        None => Err("the API lists no such product"),
        Some(_) if line.quantity == 0 => Err("its quantity is 0"),
        Some(_) if line.quantity > event::limits::QUANTITY => Err("its quantity is beyond the contract's limit"),
        Some(product) => Ok(product),
    }
}

/// How often the cart has the product before this line: lines may change places between two pulls.
fn nth(product: &Product, before: &[(&Product, u32, usize)]) -> usize {
    before.iter().filter(|(other, ..)| other.id == product.id).count()
}

/// UUIDv8 (RFC 9562, section 5.8): a hash of what the event is about.
fn id(site: &str, cart: u64, product: u64, nth: usize, step: Step) -> Uuid {
    let name = format!("clickpath pull\n{site}\n{cart}\n{product}\n{nth}\n{}", step.title());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Sha256::digest(name.as_bytes())[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

/// The same for the same cart and product (SplitMix64's mixing).
fn hesitation_ms(cart: u64, product: u64) -> i64 {
    let mut mixed = cart.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ product.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) % HESITATION_MS) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape;

    const PRODUCTS: &str = r#"[{"id":1,"title":"Lamp","price":10.10,"category":"home"},{"id":2,"title":"Rug","price":"99.5","category":"home"}]"#;

    fn stock() -> HashMap<u64, Product> {
        let listed = shape::products(PRODUCTS.as_bytes()).unwrap();
        listed.into_iter().map(|one| (one.product.id, one.product)).collect()
    }

    fn cart(lines: &[(u64, u32)]) -> Cart {
        let products = lines
            .iter()
            .map(|&(product_id, quantity)| CartLine { product_id, quantity });
        Cart {
            id: 7,
            user_id: 3,
            date: Timestamp(1_583_107_200_000),
            products: products.collect(),
        }
    }

    fn of<'p>(site: &str, cart: &Cart, stock: &'p HashMap<u64, Product>) -> Vec<FunnelEvent<'p>> {
        let mut skipped = Vec::new();
        let events = events(site, cart, stock, &mut skipped);
        assert_eq!(skipped, []);
        events
    }

    #[test]
    fn steps_follow_each_other() {
        let stock = stock();
        let events = of("shop", &cart(&[(1, 2), (2, 1)]), &stock);
        let steps = events
            .iter()
            .map(|event| (event.step, event.product.id))
            .collect::<Vec<_>>();
        let of = |step| [(step, 1), (step, 2)];
        let looked = [(Step::View, 1), (Step::Cart, 1), (Step::View, 2), (Step::Cart, 2)];
        assert_eq!(steps, [&looked[..], &of(Step::Order), &of(Step::Purchase)].concat());
        assert!(events.is_sorted_by_key(|event| event.created_at));
        let revenue: i64 = events.iter().map(|event| event.revenue().0).sum();
        assert_eq!(Money(revenue).to_string(), "119.7000");
    }

    #[test]
    fn ids_depend_on_what_the_event_is_about() {
        let stock = stock();
        let ids = |site: &str, lines: &[(u64, u32)]| {
            let events = of(site, &cart(lines), &stock);
            let mut ids = events.iter().map(|event| event.id).collect::<Vec<_>>();
            ids.sort();
            ids
        };
        assert_eq!(
            ids("shop", &[(1, 2), (2, 1)]),
            ids("shop", &[(2, 1), (1, 9)]),
            "neither order nor quantity"
        );
        assert_ne!(ids("shop", &[(1, 1)]), ids("other", &[(1, 1)]));
        let mut twice = ids("shop", &[(1, 1), (1, 1)]);
        twice.dedup();
        assert_eq!(twice.len(), 8);
        assert_eq!(twice[0].get_version_num(), 8);
    }

    #[test]
    fn lines_without_meaning_are_told() {
        let (stock, mut skipped) = (stock(), Vec::new());
        let events = events("shop", &cart(&[(1, 0), (9, 1), (2, 1)]), &stock, &mut skipped);
        assert_eq!(events.len(), 4);
        let products = skipped.iter().map(|one| one.product).collect::<Vec<_>>();
        assert_eq!(products, [1, 9]);
    }

    #[test]
    fn prices_are_sent_with_their_digits() {
        let stock = stock();
        for event in of("shop", &cart(&[(1, 2)]), &stock) {
            let text = event.json();
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(value["payload"]["price"], "10.10", "{text}");
        }
    }
}
