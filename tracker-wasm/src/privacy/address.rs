//! Addresses as they may leave the page.

use alloc::string::String;

use super::scrub::scrub;

/// Parameters that tell where a visit came from, and of which none stands for a person. Those that begin with `utm_` as well.
const PARAMETERS: &str = "gclid gbraid wbraid gad_source dclid srsltid msclkid yclid ymclid vk_click_id rb_clickid ttclid \
                          twclid li_fat_id ScCid rdt_cid epik qclid fbclid igsh igshid mc_cid";

/// `url` without the parameters that are neither known nor among `allowed` (names with commas between them), without user and password,
/// and without what looks like e-mail addresses and telephone numbers.
pub(crate) fn clean(url: &str, allowed: &str) -> String {
    let mut text = String::with_capacity(url.len());
    let mut rest = url;
    if let Some((scheme, after)) = url.split_once("://") {
        let end = after.find(['/', '?', '#']).unwrap_or(after.len());
        let (authority, path) = after.split_at(end);
        text.push_str(scheme);
        text.push_str("://");
        text.push_str(authority.rsplit_once('@').map_or(authority, |(_, host)| host));
        rest = path;
    }
    let (page, fragment) = match rest.split_once('#') {
        Some((page, fragment)) => (page, Some(fragment)),
        None => (rest, None),
    };
    push_page(&mut text, page, allowed);
    if let Some(fragment) = fragment {
        text.push('#');
        // A route may have parameters of its own; what has them without being a route is a log-in's answer.
        if fragment.starts_with(['/', '!']) || !fragment.contains('=') {
            push_page(&mut text, fragment, allowed);
        } else {
            push_query(&mut text, fragment, allowed, "");
        }
    }
    text
}

fn push_page(text: &mut String, page: &str, allowed: &str) {
    let (path, query) = page.split_once('?').unwrap_or((page, ""));
    text.push_str(&scrub(path));
    push_query(text, query, allowed, "?");
}

fn push_query(text: &mut String, query: &str, allowed: &str, mut mark: &str) {
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if is_allowed(name, allowed) {
            text.push_str(mark);
            text.push_str(name);
            text.push('=');
            text.push_str(&scrub(value));
            mark = "&";
        }
    }
}

fn is_allowed(name: &str, allowed: &str) -> bool {
    let listed = |list: &str| list.split([',', ' ']).any(|known| known == name);
    !name.is_empty() && (name.starts_with("utm_") || listed(PARAMETERS) || listed(allowed))
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
        check("https://s.example/?flag&size", "https://s.example/?size=");
        check("/catalog?foo=bar&utm_medium=email", "/catalog?utm_medium=email");
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
