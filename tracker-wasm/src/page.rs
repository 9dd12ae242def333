//! The page as the visitor sees it: an address that changes also without a page load.

use event::limits;

use crate::privacy::address::clean;
use crate::text::{cut, split};

/// Where the visitor is, and where they came from.
pub(crate) struct Page {
    pub(crate) url: String,
    /// What is told of the address, and of the one before.
    pub(crate) told_url: String,
    pub(crate) told_referrer: String,
    parameters: String,
    /// When the page was opened, until its view is recorded: its title is often set after its address.
    pub(crate) unrecorded: Option<f64>,
}

impl Page {
    /// `parameters` of the query may be told: see [`clean`].
    pub(crate) fn new(url: String, referrer: &str, time: f64, parameters: String) -> Self {
        let mut page = Self {
            url: String::new(),
            told_url: String::new(),
            told_referrer: told(referrer, &parameters),
            parameters,
            unrecorded: Some(time),
        };
        page.rename(url);
        page
    }

    /// The page that follows this one.
    pub(crate) fn follow(&mut self, url: String, time: f64) {
        self.told_referrer = told(&self.url, &self.parameters);
        self.rename(url);
        self.unrecorded = Some(time);
    }

    /// The same page by another address.
    pub(crate) fn rename(&mut self, url: String) {
        self.told_url = told(&url, &self.parameters);
        self.url = url;
    }

    /// What may be told of another address.
    pub(crate) fn told(&self, url: &str) -> String {
        told(url, &self.parameters)
    }

    /// Whether `url` is another page: another path, query or hash route.
    pub(crate) fn differs_from(&self, url: &str) -> bool {
        address(&self.url) != address(url)
    }

    /// What "once per page" means for element views: the path, with the hash route where there is one.
    pub(crate) fn path(&self) -> (&str, &str) {
        let (address, route) = address(&self.url);
        (split(address, b'?').0, split(route, b'?').0)
    }
}

fn told(url: &str, parameters: &str) -> String {
    within_limit(&clean(url, parameters)).into()
}

/// Fits the contract's limit: an address too long loses its query and hash first.
fn within_limit(url: &str) -> &str {
    if url.len() <= limits::URL_BYTES {
        return url;
    }
    cut(split(split(url, b'#').0, b'?').0, limits::URL_BYTES)
}

/// An address without an anchor: everything before the hash, and the hash when it is a route (`#/cart`, `#!cart`).
fn address(url: &str) -> (&str, &str) {
    let (address, route) = split(url, b'#');
    match route.as_bytes().first() {
        Some(b'/' | b'!') => (address, route),
        _ => (address, ""),
    }
}

/// The host of an absolute address, with its port.
pub(crate) fn host(url: &str) -> &str {
    let authority = split(url, b'/').1;
    split(authority.get(1..).unwrap_or_default(), b'/').0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: &str, to: &str, expect: bool) {
        let page = Page::new(from.to_owned(), "", 0.0, String::new());
        assert_eq!(page.differs_from(to), expect, "{from} to {to}");
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
        let page = Page::new(
            "https://s.example/a?x=1#/cart?step=2".to_owned(),
            "",
            0.0,
            String::new(),
        );
        assert_eq!(page.path(), ("https://s.example/a", "/cart"));
    }

    #[test]
    fn tells_what_may_be_told() {
        let mut page = Page::new(
            "https://s.example/a?q=x&size=m".to_owned(),
            "https://t.example/?q=ann",
            0.0,
            "size".to_owned(),
        );
        assert_eq!(
            (&*page.told_url, &*page.told_referrer),
            ("https://s.example/a?size=m", "https://t.example/")
        );
        page.follow("https://s.example/b".to_owned(), 0.0);
        assert_eq!(
            (&*page.told_url, &*page.told_referrer),
            ("https://s.example/b", "https://s.example/a?size=m")
        );
    }

    #[test]
    fn shortens_long_addresses() {
        let long = ["https://s.example/a?", &"x".repeat(5_000)].concat();
        assert_eq!(within_limit(&long), "https://s.example/a");
        let endless = ["https://s.example/", &"ä".repeat(5_000)].concat();
        assert_eq!(within_limit(&endless).len(), limits::URL_BYTES);
    }

    #[test]
    fn finds_hosts() {
        assert_eq!(host("https://s.example:8080/a/b"), "s.example:8080");
        assert_eq!(host("https://s.example"), "s.example");
        assert_eq!(host("mailto:a@b.example"), "");
        assert_eq!(host(""), "");
    }
}
