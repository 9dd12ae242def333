use std::collections::VecDeque;

use event::EventType;
use hashbrown::HashSet;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::occurrence::{Deed, Occurrence};

/// Who was there in the last minutes before the last event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    pub minutes: u32,
    /// With a visitor's event.
    pub users: u64,
    pub sessions: u64,
    pub page_views: u64,
    /// On elements.
    pub clicks: u64,
    /// A back end's too.
    pub events: u64,
}

/// A dashboard's, and one in which more happens.
const WINDOWS_MINUTES: [u32; 2] = [5, 60];
const LONGEST_MS: i64 = 60 * MINUTE_MS;
const MINUTE_MS: i64 = 60_000;

/// The events of the longest window.
#[derive(Debug, Default)]
pub(super) struct Counting(VecDeque<Seen>);

#[derive(Debug, Clone, Copy)]
struct Seen {
    ms: i64,
    user_id: u64,
    session_id: Uuid,
    is_visitors: bool,
    is_page: bool,
    is_click: bool,
}

impl Counting {
    pub(super) fn observe(&mut self, occurrence: &Occurrence) {
        let ms = occurrence.at.0;
        while self.0.front().is_some_and(|seen| seen.ms <= ms - LONGEST_MS) {
            self.0.pop_front();
        }
        self.0.push_back(Seen {
            ms,
            user_id: occurrence.visitor.user_id(),
            session_id: occurrence.session_id,
            is_visitors: occurrence.deed.event_type() != EventType::Server,
            is_page: matches!(occurrence.deed, Deed::PageView { .. }),
            is_click: matches!(occurrence.deed, Deed::Click { .. }),
        });
    }

    pub(super) fn finish(self) -> Vec<Live> {
        let newest_ms = self.0.back().map_or(0, |seen| seen.ms);
        let window = |minutes| {
            let is_in = move |seen: &&Seen| seen.ms > newest_ms - i64::from(minutes) * MINUTE_MS;
            live(minutes, self.0.iter().filter(is_in))
        };
        WINDOWS_MINUTES.map(window).into()
    }
}

fn live<'s>(minutes: u32, seen: impl Iterator<Item = &'s Seen>) -> Live {
    let (mut users, mut sessions) = (HashSet::new(), HashSet::new());
    let mut live = Live {
        minutes,
        users: 0,
        sessions: 0,
        page_views: 0,
        clicks: 0,
        events: 0,
    };
    for seen in seen {
        live.events += 1;
        live.page_views += u64::from(seen.is_page);
        live.clicks += u64::from(seen.is_click);
        if seen.is_visitors {
            users.insert(seen.user_id);
            sessions.insert(seen.session_id);
        }
    }
    live.users = users.len() as u64;
    live.sessions = sessions.len() as u64;
    live
}
