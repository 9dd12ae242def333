//! Events that outlive their page: kept until the gateway has confirmed them, one to a line.

use crate::browser::warn;
use crate::store::Store;

/// Browsers give an origin about five million characters; the page's own code needs some too.
const LIMIT_BYTES: usize = 1024 * 1024;

pub(crate) struct Stash {
    name: String,
}

impl Stash {
    pub(crate) fn new(site: &str) -> Self {
        Self {
            name: ["clickpath.queue.", site].concat(),
        }
    }

    pub(crate) fn events(&self, store: &Store) -> Vec<String> {
        self.text(store).lines().map(str::to_owned).collect()
    }

    /// Keeps the events that are not kept yet. One that finds no room is named on the console.
    pub(crate) fn keep<'e>(&self, store: &mut Store, events: impl Iterator<Item = &'e String>) {
        let mut text = self.text(store);
        let mut lost = false;
        for event in events.filter(|event| !event.is_empty()) {
            if text.len() + event.len() > LIMIT_BYTES {
                lost = true;
            } else if !text.lines().any(|kept| kept == event) {
                text.push_str(event);
                text.push('\n');
            }
        }
        if !text.is_empty() {
            lost |= !store.set(&self.name, &text);
        }
        if lost {
            warn("no room to keep unsent events for the next page");
        }
    }

    /// Forgets events that the gateway has confirmed or refused.
    pub(crate) fn forget(&self, store: &mut Store, events: &[String]) {
        let text = self.text(store);
        if text.is_empty() {
            return;
        }
        let mut left = String::new();
        for line in text.lines().filter(|line| !events.iter().any(|event| event == line)) {
            left.push_str(line);
            left.push('\n');
        }
        if left.len() < text.len() {
            store.set(&self.name, &left);
        }
    }

    fn text(&self, store: &Store) -> String {
        store.get(&self.name).unwrap_or_default()
    }
}
