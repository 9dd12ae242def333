use std::collections::HashMap;

use event::entity::Entity;
use warehouse::{EntityKey, StoredEntity};

/// What becomes of an entity that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    /// Written; the table did not have the thing.
    New,
    /// Written over what the table had.
    Changed,
    /// Not written: the table has the same content.
    Unchanged,
    /// Not written: a later version is there.
    Outdated,
}

impl Outcome {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Outdated => "outdated",
        }
    }

    pub(crate) fn is_written(self) -> bool {
        matches!(self, Self::New | Self::Changed)
    }
}

/// What is known of a thing: of the table, and of those that arrived before.
struct Known {
    version_ms: i64,
    digest: [u8; 16],
    /// Which of those that arrived is to be written; none while the table is right.
    written: Option<usize>,
    outcome: Outcome,
}

/// For each entity in the order of arrival what becomes of it, given what is `stored`: as if they had come one by one, except
/// that of one thing only the last is written.
pub(crate) fn outcomes(arrived: &[Entity<'_>], stored: &[StoredEntity]) -> Vec<Outcome> {
    let mut known: HashMap<EntityKey<'_>, Known> = stored.iter().map(|stored| (key_of(stored), of(stored))).collect();
    let mut outcomes = Vec::with_capacity(arrived.len());
    for (index, entity) in arrived.iter().enumerate() {
        let outcome = match known.get_mut(&key(entity)) {
            Some(known) if known.digest == entity.digest => Outcome::Unchanged,
            Some(known) if known.version_ms > entity.version.0 => Outcome::Outdated,
            Some(known) => {
                if let Some(earlier) = known.written.replace(index) {
                    outcomes[earlier] = Outcome::Outdated;
                }
                (known.version_ms, known.digest) = (entity.version.0, entity.digest);
                known.outcome
            }
            None => {
                let new = Known {
                    version_ms: entity.version.0,
                    digest: entity.digest,
                    written: Some(index),
                    outcome: Outcome::New,
                };
                known.insert(key(entity), new);
                Outcome::New
            }
        };
        outcomes.push(outcome);
    }
    outcomes
}

/// The thing as the table would have it.
pub(crate) fn key<'a>(entity: &'a Entity<'_>) -> EntityKey<'a> {
    EntityKey {
        stream: entity.stream.as_str(),
        site: &entity.site,
        key: &entity.key,
    }
}

fn key_of(stored: &StoredEntity) -> EntityKey<'_> {
    EntityKey {
        stream: &stored.stream,
        site: &stored.site,
        key: &stored.key,
    }
}

fn of(stored: &StoredEntity) -> Known {
    Known {
        version_ms: stored.version_ms,
        digest: stored.digest,
        written: None,
        outcome: Outcome::Changed,
    }
}

#[cfg(test)]
mod tests {
    use event::Timestamp;
    use event::entity::Stream;

    use super::Outcome::{Changed, New, Outdated, Unchanged};
    use super::*;

    fn entity((site, key, version, digest): (&'static str, &'static str, i64, u8)) -> Entity<'static> {
        Entity {
            site: site.into(),
            stream: Stream::Stores,
            key: key.into(),
            version: Timestamp(version),
            digest: [digest; 16],
            email_hash: "".into(),
            phone_hash: "".into(),
            received_at: Timestamp(0),
            payload: "".into(),
        }
    }

    #[track_caller]
    fn check(
        stored: &[(&'static str, &'static str, i64, u8)],
        arrived: &[(&'static str, &'static str, i64, u8)],
        expect: &[Outcome],
    ) {
        let stored = stored.iter().map(|&(site, key, version_ms, digest)| StoredEntity {
            stream: "stores".to_owned(),
            site: site.to_owned(),
            key: key.to_owned(),
            version_ms,
            digest: [digest; 16],
        });
        let arrived: Vec<_> = arrived.iter().copied().map(entity).collect();
        assert_eq!(outcomes(&arrived, &stored.collect::<Vec<_>>()), expect);
    }

    #[test]
    fn compares_with_the_table() {
        let stored = [("shop", "1", 5, 1)];
        check(&[], &[("shop", "1", 5, 1)], &[New]);
        check(&stored, &[("shop", "1", 5, 1)], &[Unchanged]);
        check(&stored, &[("shop", "1", 9, 1)], &[Unchanged]);
        check(&stored, &[("shop", "1", 6, 2)], &[Changed]);
        check(&stored, &[("shop", "1", 4, 2)], &[Outdated]);
        check(&stored, &[("shop", "1", 5, 2)], &[Changed]);
        check(&stored, &[("blog", "1", 4, 2), ("shop", "2", 4, 1)], &[New, New]);
    }

    #[test]
    fn compares_with_what_arrived_before() {
        let twice = [("shop", "1", 5, 1), ("shop", "1", 6, 1)];
        check(&[], &twice, &[New, Unchanged]);
        let rising = [("shop", "1", 5, 1), ("shop", "2", 1, 1), ("shop", "1", 6, 2)];
        check(&[], &rising, &[Outdated, New, New]);
        check(&[("shop", "1", 3, 3)], &rising, &[Outdated, New, Changed]);
        let falling = [("shop", "1", 6, 2), ("shop", "1", 5, 1)];
        check(&[], &falling, &[New, Outdated]);
        // The first content again, later than the second.
        let back = [("shop", "1", 5, 1), ("shop", "1", 6, 2), ("shop", "1", 7, 1)];
        check(&[], &back, &[Outdated, Outdated, New]);
        check(&[("shop", "1", 5, 1)], &back, &[Unchanged, Outdated, Changed]);
    }
}
