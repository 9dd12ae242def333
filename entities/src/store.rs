use generator::random::Random;
use serde::Serialize;

use crate::catalogue::SHELVES;
use crate::generate::{Kind, Thing, date};
use crate::nations::{City, NATIONS, Nation, one_of, word};
use crate::number::Measure;
use crate::phone;

/// The chain's two kinds of shop and how many there are of each.
const NETWORKS: [(&str, u64); 2] = [("Almost", 30), ("Maybe", 15)];

#[derive(Debug, Serialize)]
pub(crate) struct Store {
    pub(crate) store_id: String,
    pub(crate) name: String,
    pub(crate) network: &'static str,
    opened_on: String,
    manager: Manager,
    pub(crate) location: Location,
    opening_hours: OpeningHours,
    categories: Vec<&'static str>,
    services: Services,
    #[serde(skip)]
    pub(crate) nation: &'static Nation,
    #[serde(skip)]
    pub(crate) city: &'static City,
}

#[derive(Debug, Serialize)]
struct Manager {
    name: String,
    phone: String,
    email: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Location {
    country: &'static str,
    city: &'static str,
    #[serde(flatten)]
    street: Address,
    coordinates: Coordinates,
}

/// A house in a city.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Address {
    pub(crate) street: &'static str,
    pub(crate) house: String,
    pub(crate) postal_code: String,
}

#[derive(Debug, Serialize)]
struct Coordinates {
    latitude: Measure,
    longitude: Measure,
}

#[derive(Debug, Serialize)]
struct OpeningHours {
    monday_to_friday: &'static str,
    saturday: &'static str,
    /// Closed: null.
    sunday: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Services {
    online_orders: bool,
    delivery: bool,
}

impl Thing for Store {
    fn file_name(&self) -> &str {
        &self.store_id
    }
}

pub(crate) fn all(seed: u64) -> Vec<Store> {
    let networks = NETWORKS.into_iter();
    networks
        .flat_map(|(network, count)| std::iter::repeat_n(network, count as usize))
        .zip(1..)
        .map(|(network, number)| store(seed, network, number))
        .collect()
}

fn store(seed: u64, network: &'static str, number: u64) -> Store {
    let mut random = Kind::Store.random(seed, number);
    let places = NATIONS
        .iter()
        .flat_map(|nation| nation.cities.iter().map(move |city| (nation, city)));
    let (nation, city) = *one_of(&places.collect::<Vec<_>>(), &mut random);
    let address = address(nation, city, &mut random);
    // The smaller shops sell part of it.
    let sold = if network == "Almost" {
        SHELVES.len()
    } else {
        3 + random.below(3) as usize
    };
    Store {
        store_id: format!("store-{number:02}"),
        name: format!("{network} {}, {}", city.name, address.street),
        network,
        opened_on: date(&mut random, 4_000, 400),
        manager: manager(nation, number, &mut random),
        location: Location {
            country: nation.country,
            city: city.name,
            street: address,
            coordinates: Coordinates {
                latitude: near(city.north, &mut random),
                longitude: near(city.east, &mut random),
            },
        },
        opening_hours: OpeningHours {
            monday_to_friday: word(&["07:00-21:00", "07:00-22:00", "08:00-20:00"], &mut random),
            saturday: word(&["08:00-20:00", "09:00-18:00"], &mut random),
            sunday: random.percent(40).then_some("10:00-16:00"),
        },
        categories: SHELVES[..sold].iter().map(|(category, ..)| *category).collect(),
        services: Services {
            online_orders: random.percent(70),
            delivery: random.percent(60),
        },
        nation,
        city,
    }
}

fn manager(nation: &Nation, number: u64, random: &mut Random) -> Manager {
    let first = one_of(if random.percent(50) { nation.women } else { nation.men }, random);
    let family = one_of(nation.families, random);
    Manager {
        name: format!("{first} {family}"),
        phone: phone::mobile(nation, random),
        email: format!("Store.{number:02}@ProbablyFresh.example"),
    }
}

pub(crate) fn address(nation: &Nation, city: &City, random: &mut Random) -> Address {
    let house = random.between(1, 140);
    let part = *one_of(&["", "", "", "a", "b"], random);
    Address {
        street: word(nation.streets, random),
        house: format!("{house}{part}"),
        postal_code: format!("{:05}", city.postal + random.between(1, 99)),
    }
}

/// Within some five kilometres.
fn near(centre: i64, random: &mut Random) -> Measure {
    Measure {
        units: centre + i64::from(random.between(0, 800)) - 400,
        digits: 4,
    }
}
