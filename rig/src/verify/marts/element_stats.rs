use std::collections::BTreeMap;

use super::day;
use crate::client::Event;

pub(super) const VIEW: &str =
    "SELECT site, toUInt16(day), element_id, views, clicks, seen, seen_and_clicked FROM element_stats";

/// An element on a page in a session.
#[derive(Default)]
struct Pair {
    first_day: i64,
    views: usize,
    clicks: usize,
}

#[derive(Default)]
struct Element {
    views: usize,
    clicks: usize,
    seen: usize,
    both: usize,
}

/// An event that was stored is counted here once, because its id is there once. A pair belongs to the day of its first event.
pub(super) fn recount(events: &[&Event]) -> Vec<String> {
    let mut pairs: BTreeMap<_, Pair> = BTreeMap::new();
    let of_elements = events.iter().filter(|event| !event.element_id.is_empty());
    for event in of_elements.filter(|event| event.kind != "server") {
        let key = (
            event.site,
            event.element_id.as_str(),
            event.session_id.as_str(),
            path(event),
        );
        let pair = pairs.entry(key).or_insert(Pair {
            first_day: day(event),
            ..Pair::default()
        });
        pair.first_day = pair.first_day.min(day(event));
        match event.kind {
            "view" => pair.views += 1,
            _ => pair.clicks += 1,
        }
    }
    let mut elements: BTreeMap<_, Element> = BTreeMap::new();
    for ((site, id, _, _), pair) in pairs {
        let element = elements.entry((site, pair.first_day, id)).or_default();
        element.views += pair.views;
        element.clicks += pair.clicks;
        element.seen += usize::from(pair.views > 0);
        element.both += usize::from(pair.views > 0 && pair.clicks > 0);
    }
    let line = |((site, day, id), element): (_, Element)| {
        let Element {
            views,
            clicks,
            seen,
            both,
        } = element;
        format!("{site}\t{day}\t{id}\t{views}\t{clicks}\t{seen}\t{both}")
    };
    elements.into_iter().map(line).collect()
}

/// Without scheme, host and query.
fn path(event: &Event) -> &str {
    let host = event.url.find("://").map_or(0, |scheme| scheme + 3);
    let path = event.url[host..]
        .find('/')
        .map_or("", |slash| &event.url[host + slash..]);
    path.split('?').next().unwrap_or_default()
}
