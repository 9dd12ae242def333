//! Rows of quarantine to events that can be published.

use std::net::IpAddr;

use event::decode::BodyError;
use event::entity::{self, Stream};
use event::group::{self, GroupError};
use event::quarantine::Form;
use event::{Refusal, Source, Timestamp};
use warehouse::QuarantinedRow;

use super::summary::{Sent, Summary, Verdict};
use crate::State;
use crate::intake::{self, Ids, Sender, Tallied};
use crate::ledger::Minute;
use crate::quarantine::Refused;
use crate::sites::Site;

/// Bytes of encoded events after which the next batch begins.
const BATCH_BYTES: usize = 512 * 1024;
/// As the door takes them.
const BATCH_ENTITIES: usize = 1_000;

/// What a page of rows came to.
#[derive(Default)]
pub(super) struct Page {
    pub(super) batches: Vec<Encoded>,
    pub(super) things: Vec<Things>,
    /// Of messages that hold both good and bad events the bad ones get rows of their own.
    pub(super) refused: Vec<(Refused, Minute)>,
    pub(super) replayed: Vec<QuarantinedRow>,
}

/// Events of one or more rows.
#[derive(Default)]
pub(super) struct Encoded {
    pub(super) bytes: Vec<u8>,
    pub(super) events: usize,
    pub(super) tally: Vec<(Tallied, u64)>,
}

/// Entities of one stream, of one or more rows, sealed as they were.
pub(super) struct Things {
    pub(super) stream: Stream,
    pub(super) bytes: Vec<u8>,
    pub(super) entities: usize,
}

/// Why a row cannot be sent.
enum Unsendable {
    Refused(Refusal),
    Body(BodyError),
    Group(GroupError),
    /// Entities, and this gateway has no door for them.
    NoDoor,
    Form,
}

impl Page {
    pub(super) fn take(&mut self, state: &State, row: QuarantinedRow, now: Timestamp, summary: &mut Summary) {
        let verdict = match entity::open(&row.bytes) {
            Ok(opened) => self.entities(state, &opened).unwrap_or_else(Unsendable::verdict),
            Err(_) => self.events(state, &row, now),
        };
        let replayed = matches!(verdict, Verdict::Replayed { .. } | Verdict::Entities { .. });
        summary.count(&row, verdict);
        if replayed {
            self.replayed.push(row);
        }
    }

    fn events(&mut self, state: &State, row: &QuarantinedRow, now: Timestamp) -> Verdict {
        let mut encoded = match self.batches.pop() {
            Some(batch) if batch.bytes.len() < BATCH_BYTES => batch,
            full => {
                self.batches.extend(full);
                Encoded::default()
            }
        };
        let before = encoded.bytes.len();
        let taken = match Form::parse(&row.form) {
            Some(Form::Json) => json(state, row, now, &mut encoded),
            Some(Form::Event | Form::Group) => enriched(row, &mut encoded),
            Some(Form::Message) => self.message(state, row, now, &mut encoded),
            None => Err(Unsendable::Form),
        };
        let verdict = match taken {
            Ok(events) => Verdict::Replayed { events: events as u64 },
            Err(unsendable) => {
                encoded.bytes.truncate(before);
                unsendable.verdict()
            }
        };
        if encoded.events > 0 {
            self.batches.push(encoded);
        }
        verdict
    }

    /// Versions of things that were accepted long ago: as they are, with their moments, so that a later version stays the latest.
    fn entities(&mut self, state: &State, opened: &entity::Opened) -> Result<Verdict, Unsendable> {
        if state.entities.is_none() {
            return Err(Unsendable::NoDoor);
        }
        let mut things = Vec::<Things>::new();
        let mut sent = Vec::new();
        for entity in opened.entities() {
            let entity = entity?;
            let stream = entity.stream;
            let is_open = |things: &&mut Things| things.stream == stream && things.has_room();
            let at = match things.iter_mut().find(is_open) {
                Some(things) => things,
                None => things.push_mut(Things {
                    stream,
                    bytes: Vec::new(),
                    entities: 0,
                }),
            };
            entity::append(&entity, &mut at.bytes)?;
            at.entities += 1;
            sent.push(Sent {
                stream: stream.as_str(),
                site: entity.site.into_owned(),
                key: entity.key.into_owned(),
            });
        }
        self.things.extend(things);
        Ok(Verdict::Entities { sent })
    }

    /// A body of events as a whole, from a program that cannot be asked to send it again.
    fn message(
        &mut self,
        state: &State,
        row: &QuarantinedRow,
        now: Timestamp,
        encoded: &mut Encoded,
    ) -> Result<usize, Unsendable> {
        let sender = sender(row, Ids::of_message(None, row.id.as_bytes()), now)?;
        let verdicts = intake::decode(state, &sender, &row.bytes, now)?;
        let taken = intake::encode(state, &sender, verdicts, &mut encoded.bytes, |_| {})?;
        if taken.events == 0
            && let Some(refusal) = taken.refused.first()
        {
            return Err(Unsendable::Refused(refusal.clone()));
        }
        if !taken.refused.is_empty() {
            let refused = Refused::of(state, &sender, &row.bytes, &taken.refused);
            self.refused.push((refused, Minute::of(now)));
        }
        encoded.add(taken.events, taken.tally);
        Ok(taken.events)
    }
}

/// One refused event, judged as on the day it came, by today's sites and rules.
fn json(state: &State, row: &QuarantinedRow, now: Timestamp, encoded: &mut Encoded) -> Result<usize, Unsendable> {
    let sender = sender(row, Ids::Fixed(row.id), now)?;
    // In an array, so that a text that is an array itself is no body of several events.
    let body = [b"[", row.bytes.as_slice(), b"]"].concat();
    let verdicts = intake::decode(state, &sender, &body, Timestamp(row.received_at_ms))?;
    let taken = intake::encode(state, &sender, verdicts, &mut encoded.bytes, |_| {})?;
    match taken.refused.into_iter().next() {
        Some(refusal) => Err(Unsendable::Refused(refusal)),
        None => {
            encoded.add(taken.events, taken.tally);
            Ok(taken.events)
        }
    }
}

/// Events that were accepted long ago: as they are, and not counted as accepted once more.
fn enriched(row: &QuarantinedRow, encoded: &mut Encoded) -> Result<usize, Unsendable> {
    let opened = group::open(&row.bytes)?;
    let mut events = 0;
    for event in opened.events() {
        group::append(&event?, &mut encoded.bytes)?;
        events += 1;
    }
    encoded.add(events, Vec::new());
    Ok(events)
}

fn sender(row: &QuarantinedRow, ids: Ids, now: Timestamp) -> Result<Sender<'_>, Unsendable> {
    let ip = row.ip.map(|ip| match ip.to_ipv4_mapped() {
        Some(ip) => IpAddr::V4(ip),
        None => IpAddr::V6(ip),
    });
    Ok(Sender {
        site: Some(row.site.as_str()).filter(|site| !site.is_empty()),
        source: source(&row.source).ok_or(Unsendable::Form)?,
        received_at: now,
        sent_at: None,
        // Records of senders that may set them have no address of their own.
        trusted: ip.is_none(),
        request: enrich::Request {
            user_agent: &row.user_agent,
            ip,
            ..enrich::Request::default()
        },
        rules: &Site::rules,
        ids,
        receipt: false,
    })
}

fn source(name: &str) -> Option<Source> {
    let sources = [
        Source::Tracker,
        Source::Http,
        Source::Amqp,
        Source::Csv,
        Source::Generator,
    ];
    sources.into_iter().find(|source| source.as_str() == name)
}

impl Things {
    fn has_room(&self) -> bool {
        self.entities < BATCH_ENTITIES && self.bytes.len() < BATCH_BYTES
    }
}

impl Encoded {
    fn add(&mut self, events: usize, tally: Vec<(Tallied, u64)>) {
        self.events += events;
        for (key, count) in tally {
            match self.tally.iter_mut().find(|(counted, _)| *counted == key) {
                Some((_, sum)) => *sum += count,
                None => self.tally.push((key, count)),
            }
        }
    }
}

impl Unsendable {
    fn verdict(self) -> Verdict {
        let refused = |reason: &str, field: &str, message: String| Verdict::Refused {
            reason: reason.to_owned(),
            field: field.to_owned(),
            message,
        };
        match self {
            Self::Refused(refusal) => refused(refusal.reason.code(), refusal.field, refusal.reason.to_string()),
            Self::Body(error) => refused(error.code(), "", error.to_string()),
            Self::Group(error) => refused("codec", "", error.to_string()),
            Self::NoDoor => {
                let message = "entities: this gateway was started without --entities (CLICKPATH_ENTITIES)";
                refused("entities_not_enabled", "", message.to_owned())
            }
            Self::Form => Verdict::Skipped,
        }
    }
}

impl From<BodyError> for Unsendable {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

impl From<GroupError> for Unsendable {
    fn from(error: GroupError) -> Self {
        Self::Group(error)
    }
}
