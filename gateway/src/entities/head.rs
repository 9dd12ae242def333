use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use event::limits;
use url::form_urlencoded;

use super::error::EntitiesError;
use crate::State;
use crate::events::{EventsError, Form, bearer, content_type};
use crate::sites::SiteIndex;

const LINES: &str = "application/x-ndjson";
pub(super) const CONTENT_TYPES: [&str; 3] = ["application/json", "text/plain", LINES];

/// What query and headers say, checked before the body is read.
pub(super) struct Head {
    pub(super) site: SiteIndex,
    /// One entity a line.
    pub(super) lines: bool,
    pub(super) form: Form,
}

impl Head {
    pub(super) fn read(parts: &Parts, state: &State) -> Result<Self, EntitiesError> {
        check_key(&parts.headers, state)?;
        let found = content_type(&parts.headers, &CONTENT_TYPES);
        Ok(Self {
            site: site(parts.uri.query().unwrap_or(""), state)?,
            lines: found.map_err(|found| EntitiesError::ContentType { found })? == LINES,
            form: Form::read(&parts.headers)?,
        })
    }
}

/// Entities hold personal data and overwrite each other: only the operator's own back ends send them.
fn check_key(headers: &HeaderMap, state: &State) -> Result<(), EntitiesError> {
    let key = state.settings.trusted_key.as_ref();
    let mut guesses = headers.get_all(header::AUTHORIZATION).iter();
    let (guess, more) = (guesses.next(), guesses.next());
    let guess = guess.ok_or(EntitiesError::KeyMissing)?;
    match (key, bearer(guess.as_bytes()), more) {
        (None, ..) => Err(EntitiesError::NoKeyConfigured),
        (Some(key), Some(guess), None) if key.is(guess) => Ok(()),
        _ => Err(EntitiesError::WrongKey),
    }
}

/// Of the query, else the default one. A misspelt parameter must not send entities there: unknown ones are refused.
fn site(query: &str, state: &State) -> Result<SiteIndex, EventsError> {
    let invalid = |parameter: &str, message| EventsError::Query {
        parameter: parameter.chars().take(64).collect(),
        message,
    };
    let mut site = None;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name != "site" {
            return Err(invalid(&name, "is not known here: site is"));
        }
        let unknown = || EventsError::UnknownSite {
            site: value.chars().take(limits::SITE_BYTES).collect(),
        };
        let found = state.sites.find(&value).ok_or_else(unknown)?;
        if site.replace(found).is_some() {
            return Err(invalid(&name, "is given twice"));
        }
    }
    let site = site.or(state.sites.default_site());
    site.ok_or_else(|| invalid("site", "is needed: there is no default site here"))
}
