use event::Timestamp;
use generator::random::Random;
use serde::Serialize;

use crate::customer::{Contact, Customer, Delivery};
use crate::generate::{Kind, LATEST, Thing};
use crate::nations::{one_of, word};
use crate::number::Cents;
use crate::product::Product;
use crate::store::Store;

const COUNT: u64 = 500;
const DAY_MS: i64 = 86_400_000;
/// Purchases are of the last so many days.
const DAYS: u64 = 90;
const DELIVERY_CENTS: u64 = 490;

/// What others are made of: a purchase names what exists.
pub(crate) struct World<'w> {
    pub(crate) stores: &'w [Store],
    pub(crate) products: &'w [Product],
    pub(crate) customers: &'w [Customer],
}

#[derive(Debug, Serialize)]
pub(crate) struct Purchase<'w> {
    purchase_id: String,
    purchased_at: String,
    store: Shop<'w>,
    customer: Buyer<'w>,
    items: Vec<Item<'w>>,
    totals: Totals,
    currency: &'static str,
    payment: Payment,
    delivery: Handover<'w>,
}

#[derive(Debug, Serialize)]
struct Shop<'w> {
    store_id: &'w str,
    name: &'w str,
    network: &'w str,
}

#[derive(Debug, Serialize)]
struct Buyer<'w> {
    customer_id: &'w str,
    first_name: &'w str,
    last_name: &'w str,
    contact: &'w Contact,
}

#[derive(Debug, Serialize)]
struct Item<'w> {
    product_id: &'w str,
    title: &'w str,
    category: &'w str,
    unit: &'w str,
    quantity: u64,
    price: Cents,
    total: Cents,
}

/// `total` = `subtotal` − `discount` + `delivery`; `subtotal` is the sum of the items' totals.
#[derive(Debug, Serialize)]
struct Totals {
    subtotal: Cents,
    discount: Cents,
    delivery: Cents,
    total: Cents,
}

#[derive(Debug, Serialize)]
struct Payment {
    method: &'static str,
    status: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Handover<'w> {
    Pickup,
    Courier { address: &'w Delivery },
}

impl Thing for Purchase<'_> {
    fn file_name(&self) -> &str {
        &self.purchase_id
    }
}

pub(crate) fn all<'w>(seed: u64, world: &World<'w>) -> Vec<Purchase<'w>> {
    (1..=COUNT).map(|number| purchase(seed, number, world)).collect()
}

fn purchase<'w>(seed: u64, number: u64, world: &World<'w>) -> Purchase<'w> {
    let mut random = Kind::Purchase.random(seed, number);
    let customer = one_of(world.customers, &mut random);
    let store = match random.percent(80) {
        true => &world.stores[customer.home],
        false => one_of(world.stores, &mut random),
    };
    let items = items(world.products, &mut random);
    let delivery = match random.percent(30) {
        true => Handover::Courier {
            address: &customer.address,
        },
        false => Handover::Pickup,
    };
    Purchase {
        purchase_id: format!("purchase-{number:05}"),
        purchased_at: moment(&mut random).to_string(),
        store: Shop {
            store_id: &store.store_id,
            name: &store.name,
            network: store.network,
        },
        customer: Buyer {
            customer_id: &customer.customer_id,
            first_name: customer.first_name,
            last_name: customer.last_name,
            contact: &customer.contact,
        },
        totals: totals(&items, &delivery, &mut random),
        items,
        currency: "EUR",
        payment: Payment {
            method: word(&["card", "cash", "invoice", "mobile"], &mut random),
            status: if random.percent(97) { "paid" } else { "refunded" },
        },
        delivery,
    }
}

/// One to eight different products.
fn items<'w>(products: &'w [Product], random: &mut Random) -> Vec<Item<'w>> {
    let mut items: Vec<Item<'w>> = Vec::new();
    for _ in 0..random.between(1, 8) {
        let product = one_of(products, random);
        let quantity = u64::from(random.between(1, 4));
        if items.iter().any(|item| item.product_id == product.product_id) {
            continue;
        }
        items.push(Item {
            product_id: &product.product_id,
            title: product.title,
            category: product.category,
            unit: product.unit,
            quantity,
            price: product.price,
            total: Cents(product.price.0 * quantity),
        });
    }
    items
}

fn totals(items: &[Item<'_>], delivery: &Handover<'_>, random: &mut Random) -> Totals {
    let subtotal: u64 = items.iter().map(|item| item.total.0).sum();
    let discount = if random.percent(20) { subtotal / 10 } else { 0 };
    let delivery = match delivery {
        Handover::Pickup => 0,
        Handover::Courier { .. } => DELIVERY_CENTS,
    };
    Totals {
        subtotal: Cents(subtotal),
        discount: Cents(discount),
        delivery: Cents(delivery),
        total: Cents(subtotal - discount + delivery),
    }
}

/// While shops are open.
fn moment(random: &mut Random) -> Timestamp {
    let day = LATEST.0 - (random.below(DAYS) as i64 + 1) * DAY_MS;
    Timestamp(day + i64::from(random.between(8 * 3_600, 19 * 3_600)) * 1_000)
}
