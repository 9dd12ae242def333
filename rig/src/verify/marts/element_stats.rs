use std::collections::{BTreeMap, BTreeSet};

use super::day;
use crate::client::Event;

pub(super) const VIEW: &str =
    "SELECT site, toUInt16(day), element_id, views, clicks, seen, seen_and_clicked FROM element_stats_view";

#[derive(Default)]
struct Element<'e> {
    views: usize,
    clicks: usize,
    /// Session and page.
    seen: BTreeSet<(&'e str, &'e str)>,
    clicked: BTreeSet<(&'e str, &'e str)>,
}

/// An event that was stored is counted here once, because its id is there once.
pub(super) fn recount(events: &[&Event]) -> Vec<String> {
    let mut elements: BTreeMap<_, Element<'_>> = BTreeMap::new();
    let of_elements = events.iter().filter(|event| !event.element_id.is_empty());
    for event in of_elements {
        let element = elements.entry((event.site, day(event), &event.element_id)).or_default();
        let pair = (event.session_id.as_str(), path(event));
        match event.kind {
            "view" => {
                element.views += 1;
                element.seen.insert(pair);
            }
            "click" => {
                element.clicks += 1;
                element.clicked.insert(pair);
            }
            _ => {}
        }
    }
    let line = |((site, day, id), element): (_, Element<'_>)| {
        let both = element.seen.intersection(&element.clicked).count();
        let Element {
            views, clicks, seen, ..
        } = element;
        format!("{site}\t{day}\t{id}\t{views}\t{clicks}\t{}\t{both}", seen.len())
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
