//! URLs: which are taken, and how a relative one is resolved (RFC 3986, section 5.2).

use std::borrow::Cow;

use super::sent::{Sent, Wrong};
use crate::limits;

/// Schemes under which pages and apps send events. `javascript:` and its like never reach a report that links them.
const SCHEMES: [&str; 4] = ["http", "https", "android-app", "ios-app"];

/// The URL as sent when it is absolute, else resolved against `base`; empty when it was not given.
pub(super) fn absolute<'a>(sent: &Sent<'a>, base: &str) -> Result<Cow<'a, str>, Wrong> {
    let expected = "http, https, android-app or ios-app URL, or a reference relative to the site";
    let reference = sent.text(limits::URL_BYTES)?;
    if reference.is_empty() {
        return Ok(reference);
    }
    let url = match scheme(&reference) {
        Some(_) => reference,
        None => Cow::Owned(resolve(base, &reference)),
    };
    if !is_taken(&url) {
        return Err(sent.malformed(expected, &url));
    }
    if url.len() > limits::URL_BYTES {
        return Err(sent.too_long(&url, limits::URL_BYTES));
    }
    Ok(url)
}

fn is_taken(url: &str) -> bool {
    let Some(scheme) = scheme(url) else { return false };
    let Some(rest) = url[scheme.len()..].strip_prefix("://") else {
        return false;
    };
    let authority = &rest[..rest
        .bytes()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#'))
        .unwrap_or(rest.len())];
    SCHEMES.iter().any(|taken| taken.eq_ignore_ascii_case(scheme))
        && !authority.is_empty()
        && !authority.bytes().any(|byte| matches!(byte, b' ' | b'\\'))
}

/// The scheme of an absolute URL, without its colon.
fn scheme(url: &str) -> Option<&str> {
    let end = url.bytes().position(|byte| matches!(byte, b':' | b'/' | b'?' | b'#'))?;
    let scheme = &url[..end];
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    (url.as_bytes()[end] == b':' && is_scheme).then_some(scheme)
}

/// `base` is absolute and has an authority.
fn resolve(base: &str, reference: &str) -> String {
    let base = &base[..base.find('#').unwrap_or(base.len())];
    let scheme_end = base.find(':').map_or(0, |colon| colon + 1);
    if reference.starts_with("//") {
        return format!("{}{reference}", &base[..scheme_end]);
    }
    let authority_start = scheme_end + base[scheme_end..].len().min(2);
    let path_start = base[authority_start..]
        .find(['/', '?'])
        .map_or(base.len(), |at| authority_start + at);
    let query_start = base[path_start..].find('?').map_or(base.len(), |at| path_start + at);
    let (origin, base_path) = (&base[..path_start], &base[path_start..query_start]);
    match reference.as_bytes().first() {
        None | Some(b'#') => format!("{origin}{}{}{reference}", rooted(base_path), &base[query_start..]),
        Some(b'?') => format!("{origin}{}{reference}", rooted(base_path)),
        Some(b'/') => with_path(origin, reference),
        Some(_) => {
            let folder = &base_path[..base_path.rfind('/').map_or(0, |slash| slash + 1)];
            with_path(origin, &format!("{}{reference}", rooted(folder)))
        }
    }
}

fn rooted(path: &str) -> &str {
    if path.is_empty() { "/" } else { path }
}

/// The origin with a path whose dot segments are removed; query and fragment stay.
fn with_path(origin: &str, path_and_rest: &str) -> String {
    let path_end = path_and_rest.find(['?', '#']).unwrap_or(path_and_rest.len());
    let (path, rest) = path_and_rest.split_at(path_end);
    let mut segments = Vec::new();
    let mut parts = path.trim_start_matches('/').split('/').peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        match part {
            "." | ".." => {
                if part == ".." {
                    segments.pop();
                }
                if last {
                    segments.push("");
                }
            }
            segment => segments.push(segment),
        }
    }
    format!("{origin}/{}{rest}", segments.join("/"))
}
