use std::borrow::Cow;

use event::{Source, Timestamp, limits};
use url::form_urlencoded;

use crate::events::error::EventsError;
use crate::sites::SiteIndex;
use crate::{State, moment};

/// What the query says of the whole batch.
pub(super) struct Query<'r> {
    pub(super) site: Option<SiteIndex>,
    pub(super) source: Source,
    pub(super) sent_at: Option<Timestamp>,
    pub(super) key: Option<Cow<'r, str>>,
}

impl<'r> Query<'r> {
    /// A misspelt parameter must not send events to the default site: unknown ones are refused.
    pub(super) fn read(query: &'r str, state: &State) -> Result<Self, EventsError> {
        let (mut site, mut source, mut sent_at, mut key) = (None, None, None, None);
        for (name, value) in pairs(query) {
            let twice = match &*name {
                "site" => site.replace(find_site(&value, state)?).is_some(),
                "source" => source.replace(parse_source(&value)?).is_some(),
                "sent_at" => sent_at.replace(parse_sent_at(&value)?).is_some(),
                "key" => key.replace(value).is_some(),
                _ => return Err(invalid(&name, "is not known here: site, source, sent_at and key are")),
            };
            if twice {
                return Err(invalid(&name, "is given twice"));
            }
        }
        Ok(Self {
            site,
            source: source.unwrap_or(Source::Http),
            sent_at,
            key,
        })
    }
}

/// Names and values; most have nothing to decode, and are not copied.
fn pairs(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    query.split('&').filter(|pair| !pair.is_empty()).filter_map(|pair| {
        if pair.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
            return form_urlencoded::parse(pair.as_bytes()).next();
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((Cow::Borrowed(name), Cow::Borrowed(value)))
    })
}

pub(super) fn invalid(parameter: &str, message: &'static str) -> EventsError {
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
    let message = "must be milliseconds since 1970 or an RFC 3339 moment, between 2000 and 2100";
    moment::parse(text).ok_or_else(|| invalid("sent_at", message))
}
