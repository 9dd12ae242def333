//! The `Forwarded` header (RFC 7239).

use std::net::IpAddr;

/// The `for` address of each element, left to right; `None` for one that names no address (`unknown`, `_hidden`, malformed).
/// The whole is `None` when a quoted text is never closed: then nobody can say which part the nearest proxy wrote.
pub(super) fn hops(header: &str) -> Option<Vec<Option<IpAddr>>> {
    let elements = split_outside_quotes(header, ',')?;
    Some(
        elements
            .into_iter()
            .map(str::trim)
            .filter(|element| !element.is_empty())
            .map(hop)
            .collect(),
    )
}

/// Every pair must be well formed: otherwise a client could open a quote that swallows what the proxy appended.
fn hop(element: &str) -> Option<IpAddr> {
    let mut address = None;
    for pair in split_outside_quotes(element, ';')? {
        let (name, value) = pair.trim().split_once('=')?;
        let value = unquoted(value)?;
        if name.eq_ignore_ascii_case("for") && address.replace(super::address(value)?).is_some() {
            return None;
        }
    }
    address
}

/// A token or a quoted text. An address needs no escapes, so an escaped one is not one.
fn unquoted(value: &str) -> Option<&str> {
    match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').filter(|inner| !inner.contains(['"', '\\'])),
        None => (!value.contains(['"', '\\'])).then_some(value),
    }
}

fn split_outside_quotes(text: &str, separator: char) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut quoted = false;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => quoted = !quoted,
            '\\' if quoted => {
                characters.next()?;
            }
            _ if character == separator && !quoted => {
                parts.push(&text[start..at]);
                start = at + separator.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    (!quoted).then_some(parts)
}
