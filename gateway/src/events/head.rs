use std::borrow::Cow;
use std::net::IpAddr;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use enrich::proxies::{TrustedProxies, client_ip};
use event::{Source, Timestamp, limits};
use url::form_urlencoded;

use super::error::EventsError;
use crate::State;
use crate::serve::Peer;
use crate::sites::{Site, SiteIndex};

/// What query and headers say, checked before the body is read.
pub(super) struct Head<'r> {
    /// Of the query, else the default site; its origins were checked.
    pub(super) site: Option<SiteIndex>,
    pub(super) source: Source,
    /// When the client sent the request, by its own clock.
    pub(super) sent_at: Option<Timestamp>,
    pub(super) gzip: bool,
    pub(super) content_length: Option<u64>,
    pub(super) client: IpAddr,
    /// May set `user_agent` and `ip` of its events.
    pub(super) trusted: bool,
    pub(super) request: enrich::Request<'r>,
    origin: Option<&'r str>,
}

impl<'r> Head<'r> {
    pub(super) fn read(parts: &'r Parts, state: &State) -> Result<Self, EventsError> {
        let headers = &parts.headers;
        check_content_type(headers)?;
        let gzip = is_gzip(headers)?;
        let content_length = content_length(headers)?;
        let query = Query::read(parts.uri.query().unwrap_or(""), state)?;
        let client = client(parts, &state.proxies)?;
        let head = Self {
            site: query.site.or(state.sites.default_site()),
            source: query.source,
            sent_at: query.sent_at,
            gzip,
            content_length,
            client,
            trusted: is_trusted(headers, state)?,
            request: request(headers, client),
            origin: match headers.get(header::ORIGIN) {
                Some(origin) => Some(origin.to_str().map_err(|_| EventsError::Origin { site: None })?),
                None => None,
            },
        };
        if let Some(site) = head.site {
            head.check_origin(state.sites.get(site))?;
        }
        Ok(head)
    }

    pub(super) fn check_origin(&self, site: &Site) -> Result<(), EventsError> {
        match self.origin {
            Some(origin) if !site.allows(origin) => Err(EventsError::Origin {
                site: Some(site.name.clone()),
            }),
            _ => Ok(()),
        }
    }
}

struct Query {
    site: Option<SiteIndex>,
    source: Source,
    sent_at: Option<Timestamp>,
}

impl Query {
    /// A misspelt parameter must not send events to the default site: unknown ones are refused.
    fn read(query: &str, state: &State) -> Result<Self, EventsError> {
        let (mut site, mut source, mut sent_at) = (None, None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let twice = match &*name {
                "site" => site.replace(find_site(&value, state)?).is_some(),
                "source" => source.replace(parse_source(&value)?).is_some(),
                "sent_at" => sent_at.replace(parse_sent_at(&value)?).is_some(),
                _ => return Err(invalid(&name, "is not known here: site, source and sent_at are")),
            };
            if twice {
                return Err(invalid(&name, "is given twice"));
            }
        }
        Ok(Self {
            site,
            source: source.unwrap_or(Source::Http),
            sent_at,
        })
    }
}

fn invalid(parameter: &str, message: &'static str) -> EventsError {
    EventsError::Query {
        parameter: parameter.chars().take(64).collect(),
        message,
    }
}

fn find_site(name: &str, state: &State) -> Result<SiteIndex, EventsError> {
    let unknown = || EventsError::UnknownSite {
        site: name.chars().take(limits::SITE_BYTES).collect(),
    };
    state.sites.find(name).ok_or_else(unknown)
}

fn parse_source(source: &str) -> Result<Source, EventsError> {
    match source {
        "tracker" => Ok(Source::Tracker),
        "http" => Ok(Source::Http),
        "generator" => Ok(Source::Generator),
        "csv" => Ok(Source::Csv),
        _ => Err(invalid("source", "must be tracker, http, generator or csv")),
    }
}

fn parse_sent_at(text: &str) -> Result<Timestamp, EventsError> {
    let epoch = text.parse().map(Timestamp).ok();
    let moment = epoch.or_else(|| text.parse::<Timestamp>().ok());
    match moment {
        Some(moment) if (Timestamp::EARLIEST..=Timestamp::LATEST).contains(&moment) => Ok(moment),
        _ => Err(invalid(
            "sent_at",
            "must be milliseconds since 1970 or an RFC 3339 moment, between 2000 and 2100",
        )),
    }
}

fn check_content_type(headers: &HeaderMap) -> Result<(), EventsError> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Err(EventsError::ContentType { found: None });
    };
    let refused = || EventsError::ContentType {
        found: Some(String::from_utf8_lossy(value.as_bytes()).chars().take(100).collect()),
    };
    let text = value.to_str().map_err(|_| refused())?;
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or("");
    if !["application/json", "text/plain"]
        .iter()
        .any(|taken| essence.eq_ignore_ascii_case(taken))
    {
        return Err(refused());
    }
    let charset = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("charset"));
    match charset {
        Some((_, charset)) if !charset.trim_matches('"').eq_ignore_ascii_case("utf-8") => Err(refused()),
        _ => Ok(()),
    }
}

fn is_gzip(headers: &HeaderMap) -> Result<bool, EventsError> {
    let mut encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    match (
        encodings.next().map(|value| value.as_bytes().trim_ascii()),
        encodings.next(),
    ) {
        (None, _) => Ok(false),
        (Some(one), None) if one.eq_ignore_ascii_case(b"gzip") || one.eq_ignore_ascii_case(b"x-gzip") => Ok(true),
        (Some(one), None) if one.eq_ignore_ascii_case(b"identity") => Ok(false),
        (Some(one), _) => Err(EventsError::ContentEncoding {
            found: String::from_utf8_lossy(one).chars().take(100).collect(),
        }),
    }
}

/// A body that announces more than the limit is refused before it is sent.
fn content_length(headers: &HeaderMap) -> Result<Option<u64>, EventsError> {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    match length {
        Some(length) if length > limits::BODY_BYTES as u64 => Err(EventsError::TooLarge),
        // Without a readable length the body is counted while it is read.
        _ => Ok(length),
    }
}

/// A key that does not fit is refused rather than overlooked: its sender relies on it.
fn is_trusted(headers: &HeaderMap, state: &State) -> Result<bool, EventsError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(false);
    };
    let guess = value.as_bytes().strip_prefix(b"Bearer ");
    match (&state.settings.trusted_key, guess) {
        (Some(key), Some(guess)) if key.is(guess) => Ok(true),
        _ => Err(EventsError::Key),
    }
}

fn client(parts: &Parts, trusted: &TrustedProxies) -> Result<IpAddr, EventsError> {
    let Peer(peer) = *parts.extensions.get::<Peer>().ok_or(EventsError::NoPeer)?;
    let forwarded = lines(&parts.headers, &header::FORWARDED);
    let x_forwarded_for = lines(&parts.headers, &X_FORWARDED_FOR);
    Ok(client_ip(
        peer,
        forwarded.as_deref(),
        x_forwarded_for.as_deref(),
        trusted,
    ))
}

/// A header's lines as one; none when the header is absent. What is not UTF-8 becomes an entry that names nobody.
fn lines<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<Cow<'h, str>> {
    let mut lines = headers
        .get_all(name)
        .iter()
        .map(|line| String::from_utf8_lossy(line.as_bytes()));
    let first = lines.next()?;
    Some(lines.fold(first, |all, line| Cow::Owned(format!("{all}, {line}"))))
}

fn request(headers: &HeaderMap, client: IpAddr) -> enrich::Request<'_> {
    let user_agent = headers.get(header::USER_AGENT).map_or("", text);
    let mut request = enrich::Request {
        user_agent: truncated(user_agent, limits::USER_AGENT_BYTES),
        ip: Some(client),
        ..enrich::Request::default()
    };
    // One walk: most browsers' requests carry few of the hints, and each look-up costs a hash.
    for (name, value) in headers {
        let Some(hint) = name.as_str().strip_prefix("sec-ch-ua") else {
            continue;
        };
        match hint {
            "" => request.sec_ch_ua = text(value),
            "-mobile" => request.sec_ch_ua_mobile = text(value),
            "-platform" => request.sec_ch_ua_platform = text(value),
            "-model" => request.sec_ch_ua_model = text(value),
            "-platform-version" => request.sec_ch_ua_platform_version = text(value),
            _ => {}
        }
    }
    request
}

static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// A header that is not UTF-8 says nothing about its sender, like one that is absent.
fn text(value: &HeaderValue) -> &str {
    str::from_utf8(value.as_bytes()).unwrap_or("")
}

fn truncated(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
