use std::collections::BTreeMap;

use crate::client::Event;

pub(super) const VIEW: &str = "SELECT site, session_id, toUnixTimestamp64Milli(started_at), \
    toUnixTimestamp64Milli(ended_at), length_ms, is_bot, events FROM sessions_view";

struct Session {
    started_at: i64,
    ended_at: i64,
    events: usize,
}

pub(super) fn recount(events: &[&Event]) -> Vec<String> {
    let mut sessions: BTreeMap<_, Session> = BTreeMap::new();
    // What a back end reports is no part of a visit.
    for event in events.iter().filter(|event| event.kind != "server") {
        let session = sessions.entry((event.site, &event.session_id)).or_insert(Session {
            started_at: event.created_at,
            ended_at: event.created_at,
            events: 0,
        });
        session.started_at = session.started_at.min(event.created_at);
        session.ended_at = session.ended_at.max(event.created_at);
        session.events += 1;
    }
    let line = |((site, id), session): (_, Session)| {
        let Session {
            started_at,
            ended_at,
            events,
        } = session;
        format!(
            "{site}\t{id}\t{started_at}\t{ended_at}\t{}\t0\t{events}",
            ended_at - started_at
        )
    };
    sessions.into_iter().map(line).collect()
}
