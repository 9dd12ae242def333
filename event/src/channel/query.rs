//! What a URL says: its host, its campaign parameters, its click id.

use std::borrow::Cow;

use crate::Utm;

pub(super) struct Campaign<'u> {
    pub(super) utm: Utm<'u>,
    pub(super) click_id: Option<ClickId>,
}

/// An ad system's mark on a link, and the source and medium it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClickId {
    pub(super) source: &'static str,
    /// Empty where the mark does not tell an ad from a person's link.
    pub(super) medium: &'static str,
}

/// Reads the query in one pass. The first non-empty value of a parameter counts, as in GA4.
pub(super) fn read(url: &str) -> Campaign<'_> {
    let mut campaign = Campaign {
        utm: Utm::default(),
        click_id: None,
    };
    let Some((_, query)) = before_fragment(url).split_once('?') else {
        return campaign;
    };
    for pair in query.split('&') {
        let Some((name, value)) = pair.split_once('=').filter(|(_, value)| !value.is_empty()) else {
            continue;
        };
        let utm = &mut campaign.utm;
        let field = match name {
            "utm_source" => &mut utm.source,
            "utm_medium" => &mut utm.medium,
            "utm_campaign" => &mut utm.campaign,
            "utm_term" => &mut utm.term,
            "utm_content" => &mut utm.content,
            _ => {
                campaign.click_id = campaign.click_id.or_else(|| click_id(name));
                continue;
            }
        };
        if field.is_empty() {
            *field = decode(value);
        }
    }
    campaign
}

fn click_id(name: &str) -> Option<ClickId> {
    let (source, medium) = match name {
        "gclid" | "gbraid" | "wbraid" | "gad_source" => ("google", "cpc"),
        "dclid" => ("google display", "display"),
        "srsltid" => ("google shopping", ""),
        "msclkid" => ("bing", "cpc"),
        "yclid" => ("yandex", "cpc"),
        "ymclid" => ("market.yandex.ru", "cpc"),
        "vk_click_id" | "rb_clickid" => ("vk", "cpc"),
        "ttclid" => ("tiktok", "cpc"),
        "twclid" => ("twitter", "cpc"),
        "li_fat_id" => ("linkedin", "cpc"),
        "ScCid" => ("snapchat", "cpc"),
        "rdt_cid" => ("reddit", "cpc"),
        "epik" => ("pinterest", "cpc"),
        "qclid" => ("quora", "cpc"),
        "fbclid" => ("facebook", ""),
        "igsh" | "igshid" => ("instagram", ""),
        "mc_eid" | "mc_cid" | "_hsenc" | "mkt_tok" => ("email", "email"),
        _ => return None,
    };
    Some(ClickId { source, medium })
}

/// `application/x-www-form-urlencoded`, one value. A broken escape stays as it is; broken UTF-8 becomes U+FFFD.
fn decode(value: &str) -> Cow<'_, str> {
    if !value.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
        return Cow::Borrowed(value);
    }
    let bytes = value.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], escaped(&bytes[at..])) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                at += 3;
                continue;
            }
            (b'+', _) => decoded.push(b' '),
            (byte, _) => decoded.push(byte),
        }
        at += 1;
    }
    Cow::Owned(
        String::from_utf8(decoded).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    )
}

fn escaped(bytes: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
    let byte = digit(1)? * 16 + digit(2)?;
    u8::try_from(byte).ok()
}

/// The host without user, port and trailing dot, or an empty text when there is none.
/// The host of `android-app://com.example/` is the app's name.
pub(super) fn host(url: &str) -> &str {
    let Some((_, rest)) = url.split_once("://") else {
        return "";
    };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = if host.starts_with('[') {
        host
    } else {
        host.split(':').next().unwrap_or(host)
    };
    host.strip_suffix('.').unwrap_or(host)
}

fn before_fragment(url: &str) -> &str {
    url.split('#').next().unwrap_or(url)
}

/// A lower-case text on the stack; what is longer than any name in the rules is cut, and so fits none of them exactly.
pub(super) struct Text {
    bytes: [u8; TEXT_BYTES],
    length: usize,
}

const TEXT_BYTES: usize = 256;

impl Text {
    pub(super) fn lower(text: &str) -> Self {
        let mut bytes = [0; TEXT_BYTES];
        let length = text.floor_char_boundary(TEXT_BYTES);
        bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
        bytes[..length].make_ascii_lowercase();
        Self { bytes, length }
    }

    pub(super) fn as_str(&self) -> &str {
        // Cut at a character's boundary and changed in ASCII only, so it is UTF-8 still.
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or("")
    }
}
