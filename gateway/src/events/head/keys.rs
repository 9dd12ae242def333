use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, header};

use super::query::invalid;
use crate::State;
use crate::events::error::EventsError;
use crate::roles::{RingKey, Scope};
use crate::sites::{KeyIndex, Pass, Site, SiteIndex};

pub(super) static KEY_HEADER: HeaderName = HeaderName::from_static("x-clickpath-key");
const AUTHORIZATION: &str = "authorization";

/// What the keys of a request allow.
pub(super) struct Keys {
    /// The operator's key came with it: a back end or importer.
    pub(super) trusted: bool,
    /// Of the sites' keys.
    pub(super) site_key: Option<KeyIndex>,
    /// Of the keys file, with the scope `ingest`.
    pub(super) sender: Option<Arc<RingKey>>,
}

/// Where keys may be.
pub(super) struct Sent<'r> {
    pub(super) query: Option<&'r str>,
    pub(super) headers: &'r HeaderMap,
    /// Looking for it costs a hash, and most requests have none.
    pub(super) has_key_header: bool,
}

impl Keys {
    /// A key that fits nothing is refused rather than overlooked: its sender relies on it. `home` is the site whose keys are
    /// tried first.
    pub(super) fn read(sent: &Sent<'_>, home: Option<SiteIndex>, state: &State) -> Result<Self, EventsError> {
        let (mut trusted, mut site_key, mut sender) = (false, None, None);
        let home = home.map_or(&[][..], |site| state.sites.get(site).keys());
        let mut add = |guess: &[u8], parameter: &'static str| {
            let found = state.sites.keys.find(guess, home);
            let found = found.ok_or(EventsError::Key { parameter })?;
            match site_key.replace(found) {
                Some(other) if other != found => Err(invalid(parameter, "is another key than the request's first")),
                _ => Ok(()),
            }
        };
        for value in sent.headers.get_all(header::AUTHORIZATION) {
            let wrong = EventsError::Key {
                parameter: AUTHORIZATION,
            };
            let guess = bearer(value.as_bytes()).ok_or(wrong)?;
            match &state.settings.trusted_key {
                Some(key) if key.is(guess) => trusted = true,
                _ => match state.keys.find(guess).filter(|key| key.may(Scope::Ingest)) {
                    Some(key) => sender = Some(Arc::clone(key)),
                    None => add(guess, AUTHORIZATION)?,
                },
            }
        }
        if sent.has_key_header {
            for value in sent.headers.get_all(&KEY_HEADER) {
                add(value.as_bytes(), "x-clickpath-key")?;
            }
        }
        if let Some(guess) = sent.query {
            add(guess.as_bytes(), "key")?;
        }
        Ok(Self {
            trusted,
            site_key,
            sender,
        })
    }

    pub(super) fn are_none(&self) -> bool {
        !self.trusted && self.site_key.is_none() && self.sender.is_none()
    }

    /// What they are to this site.
    pub(super) fn pass(&self, site: &Site) -> Pass {
        match self.site_key {
            _ if self.trusted => Pass::Every,
            _ if self.sender.as_ref().is_some_and(|key| key.opens(&site.name)) => Pass::Every,
            Some(key) => Pass::Key(key),
            None => Pass::None,
        }
    }
}

/// The scheme's name has no case (RFC 9110, 11.1).
pub(crate) fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, key) = value.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then_some(key)
}
