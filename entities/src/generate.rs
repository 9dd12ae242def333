use std::fmt;
use std::path::Path;

use event::Timestamp;
use event::entity::Stream;
use generator::random::Random;
use serde::Serialize;

use crate::purchase::World;
use crate::user::User;
use crate::{EntitiesError, Settings, customer, folder, product, purchase, store, user};

/// 2026-11-01T00:00:00Z: the files tell of the time before it, on whatever day they are made.
pub(crate) const LATEST: Timestamp = Timestamp(1_793_491_200_000);
const DAY_MS: i64 = 86_400_000;

/// How many were written of each stream; users are in one file, all others have one each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written(pub Vec<(Stream, usize)>);

/// What has a file of its own.
pub(crate) trait Thing: Serialize {
    /// Without `.json`.
    fn file_name(&self) -> &str;
}

/// Each kind draws from a sequence of its own, beside the generator's.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Store = 101,
    Product = 102,
    Customer = 103,
    Purchase = 104,
    User = 105,
}

impl Kind {
    pub(crate) fn random(self, seed: u64, number: u64) -> Random {
        Random::of(seed, self as u64, number)
    }
}

/// Makes the files anew: removes each folder's `*.json`, then writes. Reads no clock: same seed, same bytes.
pub fn generate(settings: &Settings) -> Result<Written, EntitiesError> {
    let seed = settings.seed;
    let stores = store::all(seed);
    let products = product::all(seed);
    let customers = customer::all(seed, &stores);
    let world = World {
        stores: &stores,
        products: &products,
        customers: &customers,
    };
    let purchases = purchase::all(seed, &world);
    let users = user::all(seed, settings.users);
    let data = &settings.data;
    Ok(Written(vec![
        one_file_each(data, Stream::Stores, &stores)?,
        one_file_each(data, Stream::Products, &products)?,
        one_file_each(data, Stream::Customers, &customers)?,
        one_file_each(data, Stream::Purchases, &purchases)?,
        one_file_for_all(data, Stream::Users, &users)?,
    ]))
}

fn one_file_each<T: Thing>(data: &Path, stream: Stream, things: &[T]) -> Result<(Stream, usize), EntitiesError> {
    let folder = data.join(stream.as_str());
    folder::clear(&folder)?;
    for thing in things {
        let text = serde_json::to_string_pretty(thing).map_err(|source| EntitiesError::Form {
            path: folder.join(thing.file_name()),
            source,
        })?;
        folder::write(&folder, thing.file_name(), &(text + "\n"))?;
    }
    Ok((stream, things.len()))
}

/// An array with a user in each line.
fn one_file_for_all(data: &Path, stream: Stream, users: &[User]) -> Result<(Stream, usize), EntitiesError> {
    let folder = data.join(stream.as_str());
    folder::clear(&folder)?;
    let mut text = String::from("[");
    for (place, user) in users.iter().enumerate() {
        text.push_str(if place == 0 { "\n" } else { ",\n" });
        let line = serde_json::to_string(user).map_err(|source| EntitiesError::Form {
            path: folder.clone(),
            source,
        })?;
        text.push_str(&line);
    }
    text.push_str("\n]\n");
    folder::write(&folder, stream.as_str(), &text)?;
    Ok((stream, users.len()))
}

/// A day between so many and so many days before [`LATEST`], as `2026-11-01`.
pub(crate) fn date(random: &mut Random, from_days: u32, to_days: u32) -> String {
    let days = i64::from(random.between(to_days, from_days));
    let mut text = Timestamp(LATEST.0 - days * DAY_MS).to_string();
    text.truncate("2026-11-01".len());
    text
}

impl fmt::Display for Written {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (stream, count)) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { ", " };
            write!(formatter, "{separator}{count} {stream}")?;
        }
        Ok(())
    }
}
