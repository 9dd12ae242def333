//! Events that outlive their page: kept until the gateway has confirmed them, one to a line.

use crate::host::{load, save, warn};
use crate::text::split;

/// Browsers give an origin about five million characters; the page's own code needs some too.
const LIMIT_BYTES: usize = 1024 * 1024;

pub(crate) struct Stash {
    name: String,
}

impl Stash {
    pub(crate) fn new(site: &str) -> Self {
        let mut name = String::from("clickpath.queue.");
        name.push_str(site);
        Self { name }
    }

    pub(crate) fn events(&self) -> Vec<String> {
        let text = load(&self.name);
        let mut events = Vec::new();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (line, after) = split(rest, b'\n');
            events.push(line.to_owned());
            rest = after;
        }
        events
    }

    /// Keeps the events that are not kept yet. One that finds no room is named on the console.
    pub(crate) fn keep<'e>(&self, events: impl Iterator<Item = &'e String>) {
        let mut kept = self.events();
        let mut bytes: usize = kept.iter().map(|event| event.len() + 1).sum();
        let mut lost = false;
        for event in events {
            if kept.iter().any(|known| known == event) {
                continue;
            }
            bytes += event.len() + 1;
            if bytes > LIMIT_BYTES {
                lost = true;
                break;
            }
            kept.push(event.clone());
        }
        if !kept.is_empty() {
            lost |= !self.write(&kept);
        }
        if lost {
            warn("no room to keep unsent events for the next page");
        }
    }

    /// Forgets events that the gateway has confirmed or refused.
    pub(crate) fn forget(&self, events: &[String]) {
        let mut kept = self.events();
        let before = kept.len();
        kept.retain(|line| !events.iter().any(|event| event == line));
        if kept.len() < before {
            self.write(&kept);
        }
    }

    fn write(&self, events: &[String]) -> bool {
        let mut text = String::new();
        for event in events {
            text.push_str(event);
            text.push('\n');
        }
        save(&self.name, &text)
    }
}
