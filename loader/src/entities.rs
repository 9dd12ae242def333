//! From the queue's entities to the table `entities`: what is new or has changed is written, and nothing else.
//!
//! No manifest is needed: the table is asked first, so that what a crash left unacknowledged is found unchanged when it comes again.

use event::entity::{self, Entity, Opened};
use queue::{Delivery, Group};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use warehouse::{EntityRow, StoredEntity, WarehouseError};

use crate::aside::{broken_entities, refused_entity};
use crate::metrics::{Reason, now};
use crate::part::hexadecimal;
use crate::retry::{Decision, after_insert};
use crate::store::{Store, chain};
use crate::trouble::Work;
use crate::upsert::{key, outcomes};

/// Stores what these deliveries have that the table has not.
pub(crate) async fn keep(deliveries: &[Delivery], store: &Store) {
    let opened: Vec<_> = deliveries
        .iter()
        .map(|delivery| entity::open(&delivery.group.body).map_err(|error| chain(&error)))
        .collect();
    let (mut arrived, mut groups, mut broken) = (Vec::new(), Vec::new(), Vec::new());
    for (delivery, opened) in deliveries.iter().zip(&opened) {
        let group = &delivery.group;
        match opened.as_ref().map_err(String::clone).and_then(decode) {
            Ok(entities) => {
                groups.resize(groups.len() + entities.len(), group);
                arrived.extend(entities);
            }
            Err(message) => broken.push((group, message)),
        }
    }
    let stored = ask(&arrived, store).await;
    let outcomes = outcomes(&arrived, &stored);
    let written = arrived.iter().zip(groups).zip(&outcomes);
    let written: Vec<_> = written
        .filter_map(|(sent, outcome)| outcome.is_written().then_some(sent))
        .collect();
    let refused = insert(&written, store).await;
    set_aside(&broken, &refused, store).await;
    for (entity, outcome) in arrived.iter().zip(outcomes) {
        store.metrics.entity(entity.stream, outcome);
    }
}

fn decode(opened: &Opened) -> Result<Vec<Entity<'_>>, String> {
    opened
        .entities()
        .collect::<Result<_, _>>()
        .map_err(|error| chain(&error))
}

/// What the table has of the things that arrived.
async fn ask(arrived: &[Entity<'_>], store: &Store) -> Vec<StoredEntity> {
    let keys: Vec<_> = arrived.iter().map(key).collect();
    if keys.is_empty() {
        return Vec::new();
    }
    let mut trouble = store.trouble(Work::Entities);
    loop {
        match store.warehouse.stored_entities(&keys).await {
            Ok(stored) => {
                store.metrics.contact.database();
                return stored;
            }
            Err(error) => {
                store.metrics.retries.inc();
                trouble.pause(&error, "table entities cannot be asked").await;
            }
        }
    }
}

/// An entity with the group it came in.
type Sent<'a> = (&'a Entity<'a>, &'a Group);

struct Refused<'a> {
    sent: Sent<'a>,
    error: WarehouseError,
}

/// Inserts all but those that the database refuses one by one.
async fn insert<'a>(sent: &[Sent<'a>], store: &Store) -> Vec<Refused<'a>> {
    let mut refused = Vec::new();
    let mut parts = vec![sent];
    while let Some(part) = parts.pop() {
        let Err(error) = insert_part(part, store).await else {
            continue;
        };
        match part {
            [sent] => refused.push(Refused { sent: *sent, error }),
            part => {
                let (first, second) = part.split_at(part.len() / 2);
                parts.extend([second, first]);
            }
        }
    }
    refused
}

/// Repeats until the rows are in, or the database finds fault with one of them.
async fn insert_part(sent: &[Sent<'_>], store: &Store) -> Result<(), WarehouseError> {
    if sent.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = sent.iter().map(|(entity, _)| EntityRow::new(entity)).collect();
    let token = token(sent);
    let mut trouble = store.trouble(Work::Entities);
    loop {
        let Err(error) = store.warehouse.insert_entities(&rows, &token).await else {
            return Ok(());
        };
        match after_insert(&error) {
            Decision::Divide => return Err(error),
            Decision::Repeat => {
                store.metrics.retries.inc();
                trouble.pause(&error, "insert into entities failed").await;
            }
        }
    }
}

/// The same for the same insert, also by another loader, and another for every other one.
fn token(sent: &[Sent<'_>]) -> String {
    let mut token = Sha256::new();
    for (entity, group) in sent {
        token.update(group.id);
        token.update(id(entity));
    }
    hexadecimal(&token.finalize().into())
}

/// Of this version of this thing.
fn id(entity: &Entity<'_>) -> Uuid {
    let mut hash = Sha256::new();
    for text in [entity.stream.as_str(), &entity.site, &entity.key] {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.update(entity.version.0.to_le_bytes());
    hash.update(entity.digest);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Puts aside what cannot be stored.
async fn set_aside(broken: &[(&Group, String)], refused: &[Refused<'_>], store: &Store) {
    if broken.is_empty() && refused.is_empty() {
        return;
    }
    let now_ms = now().as_millis() as i64;
    let mut records = Vec::new();
    let mut token = Sha256::new_with_prefix("entities");
    for (group, message) in broken {
        tracing::error!(group = %group.id, message, "group of entities does not decode, put aside");
        records.push(broken_entities(group, message, now_ms));
    }
    for Refused { sent, error } in refused {
        let (entity, group) = sent;
        let (stream, key, error) = (entity.stream.as_str(), &*entity.key, error);
        tracing::error!(stream, key, group = %group.id, %error, "entity refused by the database, put aside");
        records.push(refused_entity(entity, id(entity), group, error));
    }
    for record in &records {
        token.update([record.group_id, record.id].map(Uuid::into_bytes).concat());
    }
    store.quarantine(&records, &hexadecimal(&token.finalize().into())).await;
    store.metrics.quarantined(Reason::Codec, broken.len());
    store.metrics.quarantined(Reason::Database, refused.len());
}
