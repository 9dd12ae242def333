use std::collections::BTreeMap;

use super::day;
use crate::client::Event;

pub(super) const VIEW: &str =
    "SELECT site, toUInt16(day), element_id, views, clicks, seen, seen_and_clicked FROM element_stats";

/// An element on a page in a session.
#[derive(Default)]
struct Pair {
    first_day: i64,
    seen: bool,
    clicked: bool,
}

#[derive(Default)]
struct Element {
    views: usize,
    clicks: usize,
    seen: usize,
    both: usize,
}

/// An event that was stored is counted here once, because its id is there once, on its day; a pair belongs to the day of its first event.
pub(super) fn recount(events: &[&Event]) -> Vec<String> {
    let mut pairs: BTreeMap<_, Pair> = BTreeMap::new();
    let mut elements: BTreeMap<_, Element> = BTreeMap::new();
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
        let element = elements.entry((event.site, day(event), event.element_id.as_str()));
        let element = element.or_default();
        match event.kind {
            "view" => {
                pair.seen = true;
                element.views += 1;
            }
            _ => {
                pair.clicked = true;
                element.clicks += 1;
            }
        }
    }
    for ((site, id, _, _), pair) in pairs {
        let element = elements.entry((site, pair.first_day, id)).or_default();
        element.seen += usize::from(pair.seen);
        element.both += usize::from(pair.seen && pair.clicked);
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
