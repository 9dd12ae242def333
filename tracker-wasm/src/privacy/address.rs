//! Addresses as they may leave the page.

use alloc::string::String;

use super::scrub::scrub;
use crate::text::split;

/// Parameters that tell where a visit came from, and of which none stands for a person. Those that begin with `utm_` as well.
const PARAMETERS: &str = "gclid gbraid wbraid gad_source dclid srsltid msclkid yclid ymclid vk_click_id rb_clickid ttclid \
                          twclid li_fat_id ScCid rdt_cid epik qclid fbclid igsh igshid mc_cid";

/// The absolute `url` without the parameters that are neither known nor among `allowed` (names with commas between them), without user and password,
/// and without what looks like e-mail addresses and telephone numbers.
pub(crate) fn clean(url: &str, allowed: &str) -> String {
    let mut text = String::new();
    let mut path = 0;
    let (scheme, after) = split(url, b':');
    if after.as_bytes().starts_with(b"//") {
        let mut host = 2;
        for byte in after.bytes().skip(2) {
            if matches!(byte, b'/' | b'?' | b'#') {
                break;
            }
            path += 1;
            if byte == b'@' {
                host = path + 2;
            }
        }
        path += 2;
        text.push_str(scheme);
        text.push_str("://");
        text.push_str(after.get(host..path).unwrap_or_default());
        path += scheme.len() + 1;
    }
    let rest = url.get(path..).unwrap_or_default();
    let (page, fragment) = split(rest, b'#');
    push_page(&mut text, page, allowed);
    if !fragment.is_empty() {
        text.push('#');
        // A route may have parameters of its own; what has them without being a route is a log-in's answer.
        if matches!(fragment.as_bytes(), [b'/' | b'!', ..]) || split(fragment, b'=').1.is_empty() {
            push_page(&mut text, fragment, allowed);
        } else {
            push_query(&mut text, fragment, allowed, "");
        }
    }
    text
}

fn push_page(text: &mut String, page: &str, allowed: &str) {
    let (path, query) = split(page, b'?');
    text.push_str(&scrub(path));
    push_query(text, query, allowed, "?");
}

fn push_query(text: &mut String, mut query: &str, allowed: &str, mut mark: &str) {
    while !query.is_empty() {
        let (pair, rest) = split(query, b'&');
        let name = split(pair, b'=').0;
        if is_allowed(name, allowed) {
            text.push_str(mark);
            text.push_str(&scrub(pair));
            mark = "&";
        }
        query = rest;
    }
}

fn is_allowed(name: &str, allowed: &str) -> bool {
    let listed = |list: &str| {
        let mut known = list.as_bytes().split(|byte| matches!(byte, b',' | b' '));
        known.any(|known| known == name.as_bytes())
    };
    !name.is_empty() && (name.as_bytes().starts_with(b"utm_") || listed(PARAMETERS) || listed(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expect: &str) {
        assert_eq!(clean(url, "size, page"), expect, "{url}");
    }

    #[test]
    fn keeps_parameters_of_the_list() {
        check(
            "https://s.example/a?utm_source=x&q=private&gclid=1&size=m&page=2",
            "https://s.example/a?utm_source=x&gclid=1&size=m&page=2",
        );
        check("https://s.example/a?q=private", "https://s.example/a");
        check("https://s.example?q=private#top", "https://s.example#top");
        check("https://s.example/?flag&size", "https://s.example/?size");
    }

    #[test]
    fn cleans_routes_and_tokens() {
        check(
            "https://s.example/#/cart?step=2&size=m",
            "https://s.example/#/cart?size=m",
        );
        check("https://s.example/#access_token=s3cret&state=1", "https://s.example/#");
        check("https://s.example/#reviews", "https://s.example/#reviews");
    }

    #[test]
    fn names_nobody() {
        check("https://ann:secret@s.example/", "https://s.example/");
        check(
            "https://s.example/u/ann%40mail.example/x?utm_content=ann%2540mail.example",
            "https://s.example/u/[email]/x?utm_content=[email]",
        );
        check(
            "https://s.example/?size=https://ann@mail.example/",
            "https://s.example/?size=https://[email]/",
        );
        check("mailto:ann@mail.example?subject=hi", "mailto:[email]");
        check("tel:+49-170-1234567", "tel:[phone]");
    }

    #[test]
    fn keeps_what_the_server_reads_campaigns_from() {
        for name in PARAMETERS.split_ascii_whitespace() {
            let url = ["https://s.example/?", name, "=1"].concat();
            let (channel, _) = event::channel::attribute(&url, "", "https://s.example/");
            assert_ne!(channel, event::Channel::Direct, "{name} tells the server nothing");
        }
    }
}
