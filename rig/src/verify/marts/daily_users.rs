use std::collections::{BTreeMap, BTreeSet};

use super::day;
use crate::client::Event;

const HALF_HOUR_MS: i64 = 1_800_000;

pub(super) const VIEW: &str = "SELECT site, toUInt16(day), users, bots FROM daily_users_view";
pub(super) const HALF_HOURS: &str =
    "SELECT site, toUInt16(day), user_id, is_bot, groupBitOr(half_hours) FROM daily_users GROUP BY ALL";

pub(super) fn recount_view(events: &[&Event]) -> Vec<String> {
    let mut users: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for event in known(events).filter(|event| event.kind != "server") {
        users
            .entry((event.site, day(event)))
            .or_default()
            .insert(&event.user_id);
    }
    let line = |((site, day), users): (_, BTreeSet<&str>)| format!("{site}\t{day}\t{}\t0", users.len());
    users.into_iter().map(line).collect()
}

pub(super) fn recount_half_hours(events: &[&Event]) -> Vec<String> {
    let mut bits: BTreeMap<_, u64> = BTreeMap::new();
    for event in known(events) {
        let half_hour = event.created_at.div_euclid(HALF_HOUR_MS) - day(event) * 48;
        *bits.entry((event.site, day(event), &event.user_id)).or_default() |= 1 << half_hour;
    }
    let line = |((site, day, user), bits)| format!("{site}\t{day}\t{user}\tfalse\t{bits}");
    bits.into_iter().map(line).collect()
}

fn known<'e>(events: &[&'e Event]) -> impl Iterator<Item = &'e Event> {
    events.iter().copied().filter(|event| !event.user_id.is_empty())
}
