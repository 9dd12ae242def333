use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::event::Event;

/// Every event the client made, and what it was told about it.
#[derive(Debug, Default)]
pub struct Log {
    pub events: HashMap<Uuid, Entry>,
    /// What must not happen: a receipt that contradicts the event or another receipt.
    pub contradictions: Vec<String>,
}

#[derive(Debug)]
pub struct Entry {
    pub event: Arc<Event>,
    /// Requests that carried it.
    pub sent: u32,
    /// Receipts that accepted it, those that the client then made as if it had not seen included.
    pub accepted: u32,
    pub fate: Fate,
    /// The client gave it up after a request without an answer, as a page does that is closed.
    pub given_up: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// No receipt: it may be stored or not.
    Unknown,
    Accepted,
    /// With the reason.
    Refused(String),
}

/// How many events have which fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fates {
    pub accepted: usize,
    pub refused: usize,
    /// Given up without a receipt.
    pub given_up: usize,
    /// Still to be sent again.
    pub open: usize,
}

impl Log {
    pub(super) fn sending(&mut self, events: &[Arc<Event>]) {
        for event in events {
            let entry = self.events.entry(event.id).or_insert_with(|| Entry {
                event: Arc::clone(event),
                sent: 0,
                accepted: 0,
                fate: Fate::Unknown,
                given_up: false,
            });
            entry.sent += 1;
        }
    }

    pub(super) fn accepted(&mut self, id: Uuid) {
        let Some(entry) = self.events.get_mut(&id) else {
            return self.contradictions.push(format!("{id}: accepted and never sent"));
        };
        entry.accepted += 1;
        match (&entry.fate, entry.event.flaw) {
            (Fate::Refused(reason), _) => {
                let line = format!("{id}: accepted after it was refused ({reason})");
                self.contradictions.push(line);
            }
            (_, Some(flaw)) => self.contradictions.push(format!("{id}: accepted in spite of {flaw:?}")),
            _ => entry.fate = Fate::Accepted,
        }
    }

    pub(super) fn refused(&mut self, id: Uuid, reason: &str) {
        let Some(entry) = self.events.get_mut(&id) else {
            return self.contradictions.push(format!("{id}: refused and never sent"));
        };
        let expected = entry.event.flaw.map(|flaw| flaw.reason());
        if entry.fate == Fate::Accepted || expected != Some(reason) {
            let Entry { event, fate, .. } = &entry;
            let line = format!("{id}: refused as {reason}; flaw {:?}, fate {fate:?}", event.flaw);
            return self.contradictions.push(line);
        }
        entry.fate = Fate::Refused(reason.to_owned());
    }

    pub fn fates(&self) -> Fates {
        let mut fates = Fates::default();
        for entry in self.events.values() {
            match entry.fate {
                Fate::Accepted => fates.accepted += 1,
                Fate::Refused(_) => fates.refused += 1,
                Fate::Unknown if entry.given_up => fates.given_up += 1,
                Fate::Unknown => fates.open += 1,
            }
        }
        fates
    }

    pub(super) fn given_up(&mut self, events: &[Arc<Event>]) {
        for event in events {
            if let Some(entry) = self.events.get_mut(&event.id) {
                entry.given_up = true;
            }
        }
    }

    /// Requests that carried an event beyond its first, summed over the events.
    pub fn repetitions(&self) -> u64 {
        let beyond_first = |entry: &Entry| u64::from(entry.sent.saturating_sub(1));
        self.events.values().map(beyond_first).sum()
    }
}
