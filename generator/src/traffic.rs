//! The stream of events: many sessions at once, one event after the other.

use event::Timestamp;
use event::json::Object;
use uuid::Uuid;

use crate::random::Random;
use crate::session::{Session, Step, session};

/// Visitors on the site at the same time.
const VISITORS: usize = 20;

/// An endless iterator of events; the same arguments give the same bytes.
#[derive(Debug)]
pub struct Traffic {
    random: Random,
    start: Timestamp,
    interval_us: u64,
    number: u64,
    sessions: Vec<Session>,
}

/// One event as JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedEvent {
    pub id: Uuid,
    pub created_at: Timestamp,
    pub json: String,
}

impl Traffic {
    /// Events `interval_us` microseconds apart, the first at `start`.
    pub fn new(seed: u64, start: Timestamp, interval_us: u64) -> Self {
        Self {
            random: Random::new(seed),
            start,
            interval_us,
            number: 0,
            sessions: Vec::new(),
        }
    }

    /// The next step of one of the visitors; who has none left is followed by another.
    fn step(&mut self, now: Timestamp) -> (Step, String, String) {
        loop {
            if self.sessions.len() < VISITORS {
                let session_id = self.random.uuid(now).to_string();
                self.sessions.push(session(session_id, &mut self.random));
            }
            let visitor = self.random.below(self.sessions.len());
            match self.sessions[visitor].steps.pop_front() {
                Some(step) => {
                    let Session {
                        session_id, user_id, ..
                    } = &self.sessions[visitor];
                    return (step, session_id.clone(), user_id.clone());
                }
                None => _ = self.sessions.swap_remove(visitor),
            }
        }
    }
}

impl Iterator for Traffic {
    type Item = GeneratedEvent;

    fn next(&mut self) -> Option<GeneratedEvent> {
        let passed_ms = (self.number * self.interval_us / 1_000) as i64;
        let created_at = Timestamp(self.start.0 + passed_ms);
        self.number += 1;
        let (step, session_id, user_id) = self.step(created_at);
        let id = self.random.uuid(created_at);
        let mut json = String::with_capacity(600);
        Object::new(&mut json)
            .text("id", &id.to_string())
            .text("type", step.event_type)
            .number("created_at", created_at.0)
            .text("session_id", &session_id)
            .text("user_id", &user_id)
            .text("url", &step.url)
            .text("referrer", &step.referrer)
            .raw("payload", &step.payload);
        Some(GeneratedEvent { id, created_at, json })
    }
}
