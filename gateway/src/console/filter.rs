use super::seen::{Outcome, Seen, Verdict};
use crate::query::{BadParameter, Query, refuse};
use crate::roles::{AccessError, Caller};

const PARAMETERS: [&str; 7] = ["site", "type", "title", "verdict", "session", "text", "since"];

/// Which events are shown; an empty one shows all.
#[derive(Debug, Clone, Default)]
pub(super) struct Filter {
    site: Option<String>,
    kind: Option<String>,
    /// Part of the title or of the element's id, in lower case.
    title: Option<String>,
    verdict: Option<Verdict>,
    /// How it begins.
    session: Option<String>,
    /// Part of what was sent or of the reason, in lower case.
    text: Option<String>,
    /// The caller's own, when it is restricted.
    sites: Option<Vec<String>>,
}

impl Filter {
    /// Parameters `site`, `type`, `title`, `verdict`, `session` and `text`; `since` is the caller's.
    pub(super) fn read(query: &Query, caller: &Caller) -> Result<Self, BadParameter> {
        let lower = |name| query.get(name).map(str::to_lowercase);
        let verdict = query.parsed("verdict", "must be accepted, refused or deferred", |text| {
            Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == text)
        })?;
        Ok(Self {
            site: query.get("site").map(str::to_owned),
            kind: query.get("type").map(str::to_owned),
            title: lower("title"),
            verdict,
            session: query.get("session").map(str::to_owned),
            text: lower("text"),
            ..Self::of(caller)
        })
    }

    /// All that the caller may see.
    pub(super) fn of(caller: &Caller) -> Self {
        Self {
            sites: caller.sites().map(<[String]>::to_vec),
            ..Self::default()
        }
    }

    pub(super) fn query(text: &str) -> Result<Query, BadParameter> {
        let known = |name: &str| PARAMETERS.contains(&name);
        Query::read(
            text,
            known,
            "is not known: site, type, title, verdict, session, text and since are",
        )
    }

    pub(super) fn passes(&self, seen: &Seen<'_>) -> bool {
        if self.verdict.is_some_and(|verdict| verdict != seen.verdict()) {
            return false;
        }
        let said = seen.said();
        let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        let has = |wanted: &Option<String>, found: &str| {
            let lower = || found.to_lowercase();
            wanted.as_deref().is_none_or(|wanted| lower().contains(wanted))
        };
        let begins =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| found.starts_with(wanted));
        let may_see = |sites: &Vec<String>| sites.iter().any(|site| *site == said.site);
        self.sites.as_ref().is_none_or(may_see)
            && is(&self.site, &said.site)
            && is(&self.kind, &said.kind)
            && (has(&self.title, &said.title) || has(&self.title, &said.element))
            && begins(&self.session, &said.session)
            && (has(&self.text, &seen.sent) || has(&self.text, &why(seen)))
    }
}

fn why(seen: &Seen<'_>) -> String {
    match &seen.outcome {
        Outcome::Accepted(_) => String::new(),
        Outcome::Refused(refusal) => format!("{} {} {}", refusal.reason.code(), refusal.field, refusal.reason),
        Outcome::Whole(code, message) => format!("{code} {message}"),
    }
}

/// A caller that is restricted to sites asks for one of others.
pub(super) fn own_site(filter: &Filter, caller: &Caller) -> Result<(), AccessError> {
    match &filter.site {
        Some(site) => caller.site(Some(site.clone())).map(drop),
        None => Ok(()),
    }
}

/// `since`: how far back it goes, of what is kept.
pub(super) fn since(query: &Query, now: event::Timestamp) -> Result<event::Timestamp, BadParameter> {
    match query.get("since") {
        None => Ok(now),
        Some(text) => parse_since(text, now).ok_or_else(|| refuse("since", SINCE)),
    }
}

pub(super) const SINCE: &str = "must be a time ago such as 10s or 5m, RFC 3339, or milliseconds since 1970";

pub(super) fn parse_since(text: &str, now: event::Timestamp) -> Option<event::Timestamp> {
    crate::moment::parse_or_ago(text, now)
}
