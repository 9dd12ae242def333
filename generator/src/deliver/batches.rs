use std::time::Duration;

use bytes::Bytes;
use event::json::Array;
use uuid::Uuid;

use crate::random::Random;
use crate::run::Job;
use crate::write::json::Writer;
use crate::{Occurrence, Settings};

/// How long an event may wait for others that go in the same batch.
const LINGER: Duration = Duration::from_millis(100);

/// Events as they are gathered for sending.
pub(super) struct Batches {
    seed: u64,
    most_events: usize,
    events: Vec<Occurrence>,
    /// Of the last one.
    due: Duration,
    /// Taken, and due too late for the batch at hand.
    ahead: Option<Occurrence>,
    writer: Writer,
    number: u64,
}

/// One request or message: events of clocks that are equally wrong, because `sent_at` speaks for all of it.
pub(super) struct Batch {
    pub(super) id: Uuid,
    pub(super) events: usize,
    /// JSON array.
    pub(super) body: Bytes,
    /// What the senders' clock says minus the time it is, milliseconds.
    pub(super) skew_ms: i64,
}

impl Batches {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            seed: settings.seed,
            most_events: settings.batch,
            events: Vec::with_capacity(settings.batch),
            due: Duration::ZERO,
            ahead: None,
            writer: Writer::default(),
            number: 0,
        }
    }

    /// Gathers what comes after `sent` events; false when there is nothing left.
    pub(super) fn fill(&mut self, job: &mut Job, sent: u64) -> bool {
        self.events.clear();
        self.due = Duration::ZERO;
        let mut latest = None;
        while self.events.len() < self.most_events {
            let Some(next) = self.ahead.take().or_else(|| job.sending.next()) else {
                break;
            };
            if let Some(due) = job.timing.due(sent + self.events.len() as u64, &next) {
                if due > *latest.get_or_insert(due + LINGER) {
                    self.ahead = Some(next);
                    break;
                }
                self.due = due;
            }
            self.events.push(next);
        }
        !self.events.is_empty()
    }

    /// When the batch may be sent, counted from the beginning of the run.
    pub(super) fn due(&self) -> Duration {
        self.due
    }

    /// What was gathered, most often as one batch.
    pub(super) fn by_clock(&mut self) -> Vec<Batch> {
        self.events.sort_by_key(skew_ms);
        let mut batches = Vec::with_capacity(1);
        for events in self.events.chunk_by(|one, other| skew_ms(one) == skew_ms(other)) {
            self.number += 1;
            batches.push(Batch {
                id: Random::of(self.seed, 6, self.number).uuid(events[0].at),
                events: events.len(),
                body: body(events, &mut self.writer),
                skew_ms: skew_ms(&events[0]),
            });
        }
        batches
    }
}

fn skew_ms(occurrence: &Occurrence) -> i64 {
    occurrence.created_at().0 - occurrence.at.0
}

fn body(events: &[Occurrence], writer: &mut Writer) -> Bytes {
    let (mut text, mut one) = (String::new(), String::new());
    let mut array = Array::new(&mut text);
    for event in events {
        one.clear();
        writer.event(event, &mut one);
        array.raw(&one);
    }
    drop(array);
    text.into()
}
