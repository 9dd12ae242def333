use std::collections::HashSet;

use event::entity::{self, Entity, Stream};
use serde::Deserialize;
use serde_json::Value;

use super::judge::text;
use super::{Stored, each_of};
use crate::Warehouse;
use crate::erase::{EraseError, Subject, entities};

const HASHES: &str = include_str!("../../../../sql/erase/hashes.sql");

/// By what an entity in quarantine is known as the user's; the rules of `sql/erase/entities.sql`.
#[derive(Debug, Default)]
pub(in crate::erase) struct Persons {
    emails: HashSet<String>,
    phones: HashSet<String>,
    /// Site and key of users and customers who are the user.
    keys: HashSet<(String, String)>,
}

#[derive(Deserialize)]
struct Hashes {
    email_hash: String,
    phone_hash: String,
}

#[derive(Deserialize)]
struct Thing {
    stream: String,
    site: String,
    key: String,
}

impl Persons {
    /// Those of the table, and those that are in quarantine only.
    pub(in crate::erase) async fn find(warehouse: &Warehouse, subject: &Subject) -> Result<Self, EraseError> {
        let mut persons = Self::default();
        for own in warehouse.all::<Hashes>(HASHES, &subject.parameters()).await? {
            persons.emails.insert(own.email_hash);
            persons.phones.insert(own.phone_hash);
        }
        for thing in warehouse.all::<Thing>(entities::KEYS, &subject.parameters()).await? {
            if matches!(Stream::parse(&thing.stream), Some(Stream::Users | Stream::Customers)) {
                persons.keys.insert((thing.site, thing.key));
            }
        }
        let mut quarantined = Vec::new();
        let walk = each_of(warehouse, subject, entity::VERSION, |row| {
            quarantined.extend(people(&row));
            Ok(())
        });
        walk.await?;
        for person in quarantined.iter().filter(|person| person.key == subject.user) {
            if subject.is_of(&person.site) {
                persons.emails.insert(person.email_hash.to_string());
                persons.phones.insert(person.phone_hash.to_string());
            }
        }
        for person in &quarantined {
            if persons.owns(person, subject) {
                persons.keys.insert((person.site.to_string(), person.key.to_string()));
            }
        }
        Ok(persons)
    }

    /// Whether this is about the user, on whatever site.
    pub(super) fn owns(&self, entity: &Entity<'_>, subject: &Subject) -> bool {
        let Entity {
            email_hash, phone_hash, ..
        } = entity;
        let by_email = !email_hash.is_empty() && self.emails.contains(&**email_hash);
        let is_known =
            |key: &str| key == subject.user || self.keys.contains(&(entity.site.to_string(), key.to_owned()));
        match entity.stream {
            Stream::Users | Stream::Customers => {
                let by_phone = email_hash.is_empty() && !phone_hash.is_empty() && self.phones.contains(&**phone_hash);
                is_known(&entity.key) || by_email || by_phone
            }
            Stream::Purchases => by_email || is_known(&buyer(&entity.payload)),
            Stream::Stores | Stream::Products => false,
        }
    }
}

/// Users and customers of a row, without their documents.
fn people(row: &Stored) -> Vec<Entity<'static>> {
    let Ok(opened) = entity::open(&row.bytes) else {
        return Vec::new();
    };
    let entities = opened.entities().map_while(Result::ok);
    let people = entities.filter(|entity| matches!(entity.stream, Stream::Users | Stream::Customers));
    people
        .map(|entity| Entity {
            site: entity.site.into_owned().into(),
            key: entity.key.into_owned().into(),
            email_hash: entity.email_hash.into_owned().into(),
            phone_hash: entity.phone_hash.into_owned().into(),
            payload: "".into(),
            ..entity
        })
        .collect()
}

/// Whose a purchase is; empty when it does not say.
fn buyer(payload: &str) -> String {
    let purchase = serde_json::from_str(payload).unwrap_or(Value::Null);
    text(purchase.get("customer_id").unwrap_or(&purchase["user_id"]))
}
