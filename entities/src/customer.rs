use generator::random::Random;
use serde::Serialize;

use crate::generate::{Kind, Thing, date};
use crate::nations::{NATIONS, Nation, ascii, one_of, word};
use crate::phone;
use crate::store::{self, Address, Store};

/// Several for each store.
const COUNT: u64 = 200;

#[derive(Debug, Serialize)]
pub(crate) struct Customer {
    pub(crate) customer_id: String,
    pub(crate) first_name: &'static str,
    pub(crate) last_name: &'static str,
    gender: &'static str,
    born_on: String,
    registered_on: String,
    pub(crate) contact: Contact,
    home_store_id: String,
    pub(crate) address: Delivery,
    loyalty: Loyalty,
    preferences: Preferences,
    /// Place of the home store among the stores.
    #[serde(skip)]
    pub(crate) home: usize,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Contact {
    phone: String,
    email: String,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Delivery {
    country: &'static str,
    city: &'static str,
    #[serde(flatten)]
    street: Address,
}

#[derive(Debug, Serialize)]
struct Loyalty {
    /// No member: null.
    card: Option<String>,
    points: u32,
}

#[derive(Debug, Serialize)]
struct Preferences {
    language: &'static str,
    payment: &'static str,
    newsletter: bool,
}

impl Thing for Customer {
    fn file_name(&self) -> &str {
        &self.customer_id
    }
}

/// The first ones have a store each, so that none is without.
pub(crate) fn all(seed: u64, stores: &[Store]) -> Vec<Customer> {
    (1..=COUNT)
        .map(|number| {
            let mut random = Kind::Customer.random(seed, number);
            let home = match usize::try_from(number - 1) {
                Ok(place) if place < stores.len() => place,
                _ => random.below(stores.len() as u64) as usize,
            };
            customer(number, home, &stores[home], &mut random)
        })
        .collect()
}

fn customer(number: u64, home: usize, store: &Store, random: &mut Random) -> Customer {
    // Some come from elsewhere, and keep name and telephone.
    let nation = match random.percent(70) {
        true => store.nation,
        false => one_of(&NATIONS, random),
    };
    let (gender, first_names) = match random.percent(52) {
        true => ("female", nation.women),
        false => ("male", nation.men),
    };
    let (first_name, last_name) = (*one_of(first_names, random), *one_of(nation.families, random));
    Customer {
        customer_id: format!("customer-{number:04}"),
        first_name,
        last_name,
        gender,
        born_on: date(random, 29_000, 6_700),
        registered_on: date(random, 1_500, 120),
        contact: Contact {
            phone: phone::mobile(nation, random),
            email: email(first_name, last_name, number, random),
        },
        home_store_id: store.store_id.clone(),
        address: Delivery {
            country: store.nation.country,
            city: store.city.name,
            street: store::address(store.nation, store.city, random),
        },
        loyalty: loyalty(random),
        preferences: Preferences {
            language: language(nation),
            payment: word(&["card", "cash", "invoice", "mobile"], random),
            newsletter: random.percent(35),
        },
        home,
    }
}

/// As people type them: the domain's case says nothing, and neither does the rest's for any provider people use.
fn email(first: &str, last: &str, number: u64, random: &mut Random) -> String {
    let (first, last) = (ascii(first), ascii(last).replace('.', ""));
    let domain = *one_of(
        &["Example.com", "example.net", "EXAMPLE.ORG", "mail.Example.com"],
        random,
    );
    match random.below(4) {
        0 => format!("{first}.{last}{number}@{domain}"),
        1 => format!("{}{}{number}@{domain}", first.to_uppercase(), last.to_lowercase()),
        2 => format!("{}_{number}@{domain}", last.to_lowercase()),
        _ => format!("{}.{}+shop{number}@{domain}", first.to_lowercase(), last.to_lowercase()),
    }
}

fn loyalty(random: &mut Random) -> Loyalty {
    match random.percent(60) {
        true => Loyalty {
            card: Some(phone::filled("2#########", random)),
            points: random.between(0, 12_000),
        },
        false => Loyalty { card: None, points: 0 },
    }
}

/// ISO 639-1.
fn language(nation: &Nation) -> &'static str {
    match nation.country {
        "DE" => "de",
        "FR" => "fr",
        "NL" => "nl",
        "ES" => "es",
        "IT" => "it",
        "PL" => "pl",
        "RU" => "ru",
        _ => "en",
    }
}
