use hashbrown::HashSet;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::occurrence::{Deed, Occurrence};

/// The events of one minute; minutes without any are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minute {
    /// Milliseconds since 1970.
    pub minute_ms: i64,
    pub events: u64,
    pub page_views: u64,
    pub element_views: u64,
    pub clicks: u64,
    pub other_events: u64,
    /// With any event, a back end's too.
    pub sessions: u64,
}

const MINUTE_MS: i64 = 60_000;

#[derive(Debug, Default)]
pub(super) struct Counting {
    minutes: Vec<Minute>,
    sessions: HashSet<Uuid>,
}

impl Counting {
    pub(super) fn observe(&mut self, occurrence: &Occurrence) {
        let minute_ms = occurrence.at.0.div_euclid(MINUTE_MS) * MINUTE_MS;
        if self.minutes.last().is_none_or(|minute| minute.minute_ms != minute_ms) {
            self.close();
            self.minutes.push(Minute {
                minute_ms,
                ..Minute::default()
            });
        }
        self.sessions.insert(occurrence.session_id);
        let Some(minute) = self.minutes.last_mut() else { return };
        minute.events += 1;
        *match occurrence.deed {
            Deed::PageView { .. } => &mut minute.page_views,
            Deed::ElementView { .. } => &mut minute.element_views,
            Deed::Click { .. } => &mut minute.clicks,
            _ => &mut minute.other_events,
        } += 1;
    }

    fn close(&mut self) {
        if let Some(minute) = self.minutes.last_mut() {
            minute.sessions = self.sessions.len() as u64;
        }
        self.sessions.clear();
    }

    pub(super) fn finish(mut self) -> Vec<Minute> {
        self.close();
        self.minutes
    }
}
