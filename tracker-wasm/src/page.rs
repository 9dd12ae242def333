//! The page as the visitor sees it: an address that changes also without a page load.

use event::limits;

use crate::text::{cut, split};

/// Where the visitor is, and where they came from.
pub(crate) struct Page {
    pub(crate) url: String,
    pub(crate) referrer: String,
    /// When the page was opened, until its view is recorded: its title is often set after its address.
    pub(crate) unrecorded: Option<f64>,
}

impl Page {
    pub(crate) fn new(url: String, referrer: String, time: f64) -> Self {
        Self {
            url,
            referrer,
            unrecorded: Some(time),
        }
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

/// Fits the contract's limit: an address too long loses its query and hash first.
pub(crate) fn within_limit(url: &str) -> &str {
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
        let page = Page::new(from.to_owned(), String::new(), 0.0);
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
        let page = Page::new("https://s.example/a?x=1#/cart?step=2".to_owned(), String::new(), 0.0);
        assert_eq!(page.path(), ("https://s.example/a", "/cart"));
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
