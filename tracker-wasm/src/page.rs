//! The page as the visitor sees it: an address that changes also without a page load.

use alloc::borrow::ToOwned;
use alloc::string::String;

use event::limits;

use crate::privacy::address::clean;
use crate::text::{HASH_OF_NOTHING, cut, hash, split};

/// Where the visitor is, and where they came from.
pub(crate) struct Page {
    pub(crate) url: String,
    /// What is told of the address, and of the one before.
    pub(crate) told_url: String,
    pub(crate) told_referrer: String,
    /// Of the query that may be told: see [`clean`].
    pub(crate) parameters: String,
    /// When the page was opened, until its view is recorded: its title is often set after its address.
    pub(crate) unrecorded: Option<f64>,
}

impl Page {
    pub(crate) const fn new() -> Self {
        Self {
            url: String::new(),
            told_url: String::new(),
            told_referrer: String::new(),
            parameters: String::new(),
            unrecorded: None,
        }
    }

    pub(crate) fn follow(&mut self, url: &str, referrer: &str, time: f64) {
        self.told_referrer = self.told(referrer);
        self.rename(url);
        self.unrecorded = Some(time);
    }

    /// The same page by another address.
    pub(crate) fn rename(&mut self, url: &str) {
        self.told_url = self.told(url);
        self.url = url.to_owned();
    }

    /// What may be told of an address. One over the contract's limit loses its query and hash first.
    pub(crate) fn told(&self, url: &str) -> String {
        let mut told = clean(url, &self.parameters);
        if told.len() > limits::URL_BYTES {
            told.truncate(cut(split(split(&told, b'#').0, b'?').0, limits::URL_BYTES).len());
        }
        told
    }

    /// What "once per page" means for element views: the path, with the hash route where there is one.
    pub(crate) fn hash(&self) -> u64 {
        let (address, route) = address(&self.url);
        hash(hash(HASH_OF_NOTHING, split(address, b'?').0), split(route, b'?').0)
    }
}

/// Whether two addresses are of one page: the same path, query and hash route.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    address(one) == address(other)
}

/// An address without an anchor: everything before the hash, and the hash when it is a route (`#/cart`, `#!cart`).
fn address(url: &str) -> (&str, &str) {
    let (address, route) = split(url, b'#');
    match route.as_bytes().first() {
        Some(b'/' | b'!') => (address, route),
        _ => (address, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: &str, to: &str, expect: bool) {
        assert_eq!(!is_same(from, to), expect, "{from} to {to}");
    }

    #[test]
    fn counts_paths_queries_and_routes() {
        check("https://s.example/a", "https://s.example/b", true);
        check("https://s.example/a", "https://s.example/a?size=m", true);
        check("https://s.example/a#/one", "https://s.example/a#/two", true);
        check("https://s.example/a", "https://s.example/a#reviews", false);
        check("https://s.example/a#top", "https://s.example/a", false);
        check("https://s.example/a", "https://s.example/a", false);
    }

    #[test]
    fn takes_views_by_path() {
        let hash = |url: &str| {
            let mut page = Page::new();
            page.rename(url);
            page.hash()
        };
        assert_eq!(
            hash("https://s.example/a?x=1#/cart?step=2"),
            hash("https://s.example/a#/cart")
        );
        assert_ne!(hash("https://s.example/a#/cart"), hash("https://s.example/a"));
        assert_eq!(hash("https://s.example/a#reviews"), hash("https://s.example/a"));
    }

    #[test]
    fn tells_what_may_be_told() {
        let mut page = Page::new();
        page.parameters.push_str("size");
        page.follow("https://s.example/a?size=m&name=ann", "https://t.example/?q=ann", 0.0);
        assert_eq!(
            (&*page.told_url, &*page.told_referrer),
            ("https://s.example/a?size=m", "https://t.example/")
        );
    }

    #[test]
    fn shortens_long_addresses() {
        let page = Page::new();
        let long = ["https://s.example/a?utm_source=", &"x".repeat(5_000)].concat();
        assert_eq!(page.told(&long), "https://s.example/a");
        let endless = ["https://s.example/", &"ä".repeat(5_000)].concat();
        assert_eq!(page.told(&endless).len(), limits::URL_BYTES);
    }
}
