mod components;

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use event::entity::Stream;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Metric, Registry, Unit};

use crate::batch::Closed;
use crate::contact::Contact;
use crate::duplicates::Kind;
use crate::manifest::Share;
use crate::trouble::{Blocked, Work};
use crate::upsert::Outcome;

/// What the loader shows at `/metrics`; clones count into the same numbers.
#[derive(Debug, Clone)]
pub struct Metrics {
    pub(crate) rows: Counter,
    pub(crate) groups: Counter,
    pub(crate) redelivered: Counter,
    pub(crate) batch_rows: Histogram,
    pub(crate) insert_seconds: Histogram,
    freshness: Histogram,
    pub(crate) last_insert: Gauge<f64, AtomicU64>,
    pub(crate) retries: Counter,
    pub(crate) quarantined: Family<Quarantined, Counter>,
    duplicates: Family<Duplicate, Counter>,
    entities: Family<Entities, Counter>,
    repeated: Counter,
    pub(crate) questions: Counter,
    pub(crate) manifest_retries: Counter,
    pub(crate) quarantine_retries: Counter,
    pub(crate) records: Counter,
    pub(crate) mark_failures: Counter,
    pub(crate) blocked: Family<Blocked, Gauge<f64, AtomicU64>>,
    pub(crate) contact: Contact,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Duplicate {
    kind: Kind,
}

impl EncodeLabelValue for Kind {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        self.as_str().encode(encoder)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Entities {
    stream: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Quarantined {
    pub(crate) reason: Reason,
}

/// Why the loader put something aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Reason {
    /// The group does not decode; counted per group.
    Codec,
    /// The database refused the row; counted per event.
    Database,
    /// The broker gave the group up; counted per message.
    DeliveryLimit,
    /// A message in the queue's quarantine is none of ours; counted per message.
    Unreadable,
}

impl Reason {
    const ALL: [Self; 4] = [Self::Codec, Self::Database, Self::DeliveryLimit, Self::Unreadable];

    /// The reason of a message that is no record.
    pub(crate) fn of(reason: &str) -> Self {
        match reason {
            "delivery_limit" => Self::DeliveryLimit,
            _ => Self::Unreadable,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Codec => "codec",
            Self::Database => "database",
            Self::DeliveryLimit => "delivery_limit",
            Self::Unreadable => "unreadable",
        }
    }
}

impl EncodeLabelValue for Reason {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        self.as_str().encode(encoder)
    }
}

impl Metrics {
    /// Registers under `clickpath_loader_…`.
    pub fn register(registry: &mut Registry) -> Self {
        let registry = registry.sub_registry_with_prefix("clickpath_loader");
        let metrics = Self {
            rows: counter(registry, "rows", "Rows inserted"),
            groups: counter(registry, "groups", "Groups stored or put aside"),
            redelivered: counter(
                registry,
                "redelivered_groups",
                "Groups that may have been delivered before",
            ),
            batch_rows: registered(
                registry,
                "batch_rows",
                "Rows per insert",
                Histogram::new(exponential_buckets(1.0, 4.0, 10)),
            ),
            insert_seconds: in_seconds(
                registry,
                "insert_duration",
                "Time of one successful insert",
                Histogram::new(exponential_buckets(0.005, 2.0, 13)),
            ),
            freshness: in_seconds(
                registry,
                "freshness",
                "Age of a batch's oldest group when the batch was in the table",
                Histogram::new(exponential_buckets(0.1, 2.0, 14)),
            ),
            last_insert: in_seconds(
                registry,
                "last_insert_timestamp",
                "Time of the last successful insert, since 1970",
                Gauge::default(),
            ),
            retries: counter(
                registry,
                "insert_retries",
                "Inserts repeated because the database was away or busy",
            ),
            quarantined: registered(
                registry,
                "quarantined",
                "Put aside by the loader: events and entities (reason database), groups (codec) and messages (delivery_limit, unreadable)",
                Family::default(),
            ),
            duplicates: registered(
                registry,
                "duplicates",
                "Events that were not stored because they are in the table, by what gave them away",
                Family::default(),
            ),
            entities: registered(
                registry,
                "entities",
                "Entities by what became of them: new and changed are written, unchanged and outdated are not",
                Family::default(),
            ),
            repeated: counter(
                registry,
                "repeated_groups",
                "Groups that were delivered again after this loader had stored them",
            ),
            questions: counter(registry, "questions", "Events about which the table was asked"),
            manifest_retries: counter(
                registry,
                "manifest_retries",
                "Batches that could not be written down, mostly because the disk is full",
            ),
            quarantine_retries: counter(
                registry,
                "quarantine_retries",
                "Inserts into table quarantine repeated; nothing is acknowledged meanwhile",
            ),
            records: counter(
                registry,
                "records",
                "Rows of table quarantine that came through the queue",
            ),
            mark_failures: counter(
                registry,
                "mark_failures",
                "Marks of the ledger that could not be written in time",
            ),
            blocked: in_seconds(
                registry,
                "blocked",
                "Since when a work has been failing, by its last repetition; nothing is acknowledged meanwhile",
                Family::default(),
            ),
            contact: Contact::default(),
        };
        // A series that begins with its first event shows no increase.
        for reason in Reason::ALL {
            metrics.quarantined.get_or_create_owned(&Quarantined { reason });
        }
        components::register(registry, metrics.clone());
        metrics
    }

    pub(crate) fn inserted(&self, rows: usize, took: Duration) {
        self.batch_rows.observe(rows as f64);
        self.insert_seconds.observe(took.as_secs_f64());
        self.last_insert.set(now().as_secs_f64());
        self.contact.database();
    }

    pub(crate) fn blocked(&self, work: Work, lasts: Duration) {
        self.blocked.get_or_create(&Blocked { work }).set(lasts.as_secs_f64());
    }

    /// Whether the loader can work: its queue and its database were reached, and nothing has been failing there for more
    /// than half a minute.
    pub fn readiness(&self) -> Readiness {
        let works = self.works();
        Readiness {
            queue: self.contact.has_queue() && works.queue,
            warehouse: self.contact.has_database() && works.warehouse,
        }
    }

    /// Whether nothing has been failing for more than half a minute. A loader that waits for its first group works.
    fn works(&self) -> Readiness {
        const PATIENCE_SECONDS: f64 = 30.0;
        let works = |work| self.blocked.get_or_create(&Blocked { work }).get() <= PATIENCE_SECONDS;
        Readiness {
            queue: works(Work::Queue),
            warehouse: Work::OF_DATABASE.into_iter().all(works),
        }
    }

    pub(crate) fn stored(&self, batch: &Closed, rows: usize) {
        let repeated = batch.groups.iter().filter(|held| held.share == Share::Repeated);
        self.repeated.inc_by(repeated.count() as u64);
        if let Some(earliest_ms) = batch.earliest_ms {
            let age = now().saturating_sub(Duration::from_millis(earliest_ms));
            self.freshness.observe(age.as_secs_f64());
        }
        self.groups.inc_by(batch.groups.len() as u64);
        self.rows.inc_by(rows as u64);
        for &(kind, count) in batch.skipped.kinds() {
            self.duplicates.get_or_create(&Duplicate { kind }).inc_by(count);
        }
    }

    pub(crate) fn entity(&self, stream: Stream, outcome: Outcome) {
        let labels = Entities {
            stream: stream.as_str(),
            outcome: outcome.as_str(),
        };
        self.entities.get_or_create(&labels).inc();
    }

    pub(crate) fn quarantined(&self, reason: Reason, count: usize) {
        if count == 0 {
            return;
        }
        self.quarantined
            .get_or_create(&Quarantined { reason })
            .inc_by(count as u64);
    }
}

fn counter(registry: &mut Registry, name: &str, help: &str) -> Counter {
    registered(registry, name, help, Counter::default())
}

fn registered<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

fn in_seconds<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register_with_unit(name, help, Unit::Seconds, metric.clone());
    metric
}

/// [`Metrics::readiness`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness {
    pub queue: bool,
    pub warehouse: bool,
}

/// Time since 1970, by the system's clock: stamps metrics and quarantine, decides nothing.
#[expect(clippy::disallowed_methods, reason = "the loader's one place to read the clock")]
pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO)
}
