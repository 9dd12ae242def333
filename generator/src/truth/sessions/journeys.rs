//! The ways of single sessions: what came of them, and which page they viewed first, second and so on.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Session;

/// As many sessions are listed.
const LISTED: usize = 100;
/// As many steps of a way are counted.
const STEPS: usize = 5;

/// One session, without a word on whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    pub session_id: String,
    /// Of the visitor's first event, milliseconds since 1970.
    pub started_ms: i64,
    pub length_ms: u64,
    pub entry_path: String,
    pub exit_path: String,
    pub page_views: u64,
    /// The visitor's.
    pub events: u64,
    pub channel: String,
    pub device_type: String,
    pub browser: String,
    pub country: String,
    pub is_bot: bool,
    /// The furthest it came: `paid`, `ordered`, `checkout`, `cart`; else `bounced` with a single event, or `browsed`.
    pub outcome: String,
}

/// Ways step by step, a page viewed twice in a row being one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathSteps {
    /// Only sessions whose page at this step is `page` count; 0 for all.
    pub through: usize,
    pub page: String,
    /// By step, most frequent first.
    pub rows: Vec<PathStep>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathStep {
    /// From 1.
    pub step: usize,
    pub from: String,
    /// Empty where the session ended.
    pub to: String,
    pub sessions: u64,
}

/// The last sessions to begin, latest first.
pub(super) fn recent<'s>(sessions: impl Iterator<Item = (&'s Uuid, &'s Session)>) -> Vec<Visit> {
    let mut sessions = sessions.collect::<Vec<_>>();
    sessions.sort_unstable_by_key(|(id, session)| (Reverse(session.first_ms), **id));
    let visits = sessions.into_iter().take(LISTED);
    visits.map(|(id, session)| visit(*id, session)).collect()
}

fn visit(id: Uuid, session: &Session) -> Visit {
    let path = |path: Option<&&str>| path.copied().unwrap_or_default().to_owned();
    Visit {
        session_id: id.to_string(),
        started_ms: session.first_ms,
        length_ms: session.length_ms(),
        entry_path: path(session.way.first()),
        exit_path: path(session.way.last()),
        page_views: u64::from(session.page_views()),
        events: session.events,
        channel: session.entry.channel.as_str().to_owned(),
        device_type: session.device.to_owned(),
        browser: session.browser.to_owned(),
        country: session.country.to_owned(),
        is_bot: session.is_bot,
        outcome: outcome(session).to_owned(),
    }
}

fn outcome(session: &Session) -> &'static str {
    let happened = &session.happened;
    match () {
        () if happened.order_paid => "paid",
        () if happened.order_created => "ordered",
        () if happened.checkout_start => "checkout",
        () if happened.add_to_cart => "cart",
        () if session.page_views() <= 1 && session.events <= 1 => "bounced",
        () => "browsed",
    }
}

pub(super) fn path_steps<'s>(sessions: impl Iterator<Item = &'s Session>, through: usize, page: &str) -> PathSteps {
    let mut counts = BTreeMap::<_, u64>::new();
    let passes = |way: &[&str]| through == 0 || way.get(through - 1) == Some(&page);
    for way in sessions.map(|session| &*session.way).filter(|way| passes(way)) {
        for (index, from) in way.iter().enumerate().take(STEPS) {
            let to = way.get(index + 1).copied().unwrap_or_default();
            *counts.entry((index + 1, *from, to)).or_default() += 1;
        }
    }
    let rows = counts.into_iter().map(|((step, from, to), sessions)| PathStep {
        step,
        from: from.to_owned(),
        to: to.to_owned(),
        sessions,
    });
    let mut rows = rows.collect::<Vec<_>>();
    rows.sort_by_key(|row| (row.step, Reverse(row.sessions)));
    PathSteps {
        through,
        page: page.to_owned(),
        rows,
    }
}
