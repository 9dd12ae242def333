mod keys;
mod query;

use std::net::IpAddr;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use event::{Barrier, Source, Timestamp, decode, limits};

use super::body::Form;
use super::error::EventsError;
use crate::State;
use crate::sites::{KeyIndex, Site, SiteIndex};
pub(crate) use keys::bearer;
use keys::{Keys, Sent};
use query::Query;

/// What query and headers say, checked before the body is read.
pub(super) struct Head<'r> {
    /// Of the query, else the default site.
    pub(super) site: Option<SiteIndex>,
    pub(super) source: Source,
    /// When the client sent the request, by its own clock.
    pub(super) sent_at: Option<Timestamp>,
    pub(super) form: Form,
    /// May set `user_agent` and `ip` of its events.
    pub(super) trusted: bool,
    /// Of the sites' keys.
    pub(super) key: Option<KeyIndex>,
    pub(super) request: enrich::Request<'r>,
    origin: Option<&'r str>,
    keys: Keys,
}

impl<'r> Head<'r> {
    /// A site that the query names must take events from this request; any other is asked when an event names it.
    pub(super) fn read(parts: &'r Parts, client: IpAddr, state: &State) -> Result<Self, EventsError> {
        let headers = &parts.headers;
        content_type(headers, &["application/json", "text/plain"])
            .map_err(|found| EventsError::ContentType { found })?;
        let form = Form::read(headers)?;
        let query = Query::read(parts.uri.query().unwrap_or(""), state)?;
        let site = query.site.or(state.sites.default_site());
        let (request, has_key) = request(headers, client);
        let sent = Sent {
            query: query.key.as_deref(),
            headers,
            has_key_header: has_key,
        };
        let keys = Keys::read(&sent, site, state)?;
        let head = Self {
            site,
            source: query.source,
            sent_at: query.sent_at,
            form,
            trusted: keys.trusted,
            key: keys.site_key,
            request,
            origin: match headers.get(header::ORIGIN) {
                Some(origin) => Some(origin.to_str().map_err(|_| EventsError::Origin { site: None })?),
                None => None,
            },
            keys,
        };
        if let Some(site) = query.site {
            let site = state.sites.get(site);
            let barrier = site.barrier(head.origin, head.keys.pass(site));
            barrier.map_or(Ok(()), |barrier| Err(head.refused_by(site, barrier)))?;
        }
        Ok(head)
    }

    /// The rules of a site for this request.
    pub(super) fn rules<'s>(&self, site: &'s Site) -> decode::Site<'s> {
        decode::Site {
            barrier: site.barrier(self.origin, self.keys.pass(site)),
            ..site.rules()
        }
    }

    fn refused_by(&self, site: &Site, barrier: Barrier) -> EventsError {
        let name = site.name.clone();
        match barrier {
            Barrier::Origin => EventsError::Origin { site: Some(name) },
            Barrier::Key if self.keys.are_none() => EventsError::KeyMissing { site: name },
            Barrier::Key => EventsError::KeyOfOthers { site: name },
        }
    }
}

/// Which of the types that are taken the body has; else what was found.
pub(crate) fn content_type(headers: &HeaderMap, taken: &[&'static str]) -> Result<&'static str, Option<String>> {
    let value = headers.get(header::CONTENT_TYPE).ok_or(None)?;
    let refused = || Some(String::from_utf8_lossy(value.as_bytes()).chars().take(100).collect());
    let text = value.to_str().map_err(|_| refused())?;
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or("");
    let found = taken.iter().find(|taken| essence.eq_ignore_ascii_case(taken));
    let found = *found.ok_or_else(refused)?;
    let charset = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("charset"));
    match charset {
        Some((_, charset)) if !charset.trim_matches('"').eq_ignore_ascii_case("utf-8") => Err(refused()),
        _ => Ok(found),
    }
}

/// Also whether a key is among the headers.
fn request(headers: &HeaderMap, client: IpAddr) -> (enrich::Request<'_>, bool) {
    let user_agent = headers.get(header::USER_AGENT).map_or("", text);
    let mut request = enrich::Request {
        user_agent: truncated(user_agent, limits::USER_AGENT_BYTES),
        ip: Some(client),
        ..enrich::Request::default()
    };
    let mut has_key = false;
    // One walk: most browsers' requests carry few of the hints, and each look-up costs a hash.
    for (name, value) in headers {
        let Some(hint) = name.as_str().strip_prefix("sec-ch-ua") else {
            has_key |= *name == keys::KEY_HEADER;
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
    (request, has_key)
}

/// A header that is not UTF-8 says nothing about its sender, like one that is absent.
fn text(value: &HeaderValue) -> &str {
    str::from_utf8(value.as_bytes()).unwrap_or("")
}

fn truncated(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
