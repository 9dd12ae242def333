//! Refused events on their way to table `quarantine`, with their text and the reason.
//!
//! They have a committer of their own: a flood of them fills only its bound. A receipt tells an HTTP sender what was refused, so for
//! those the keeping is best effort and counted when it fails; the queue `clickpath.in` cannot answer and waits for it.

use std::borrow::Cow;

use event::quarantine::{self, Form, Record};
use event::{Refusal, decode, limits};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use serde::Deserialize;
use uuid::Uuid;

use crate::State;
use crate::commit::{self, Batch, Outcome, SubmitError, Ticket};
use crate::intake::Sender;
use crate::ledger::Counts;
use crate::settings::at_least_one;
use crate::sites::SiteIndex;

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Whether events that are refused are kept in table quarantine, from where `clickpath replay` sends them again. Messages of
    /// clickpath.in that cannot be read are kept either way.
    #[arg(long, env = "CLICKPATH_QUARANTINE_REFUSED", default_value_t = true, action = clap::ArgAction::Set)]
    pub quarantine_refused: bool,
    /// Bytes of refused events that may wait for a publish; of more only the reason is told.
    #[arg(long, env = "CLICKPATH_QUARANTINE_PENDING_BYTES", default_value = "8388608", value_parser = at_least_one)]
    pub quarantine_pending_bytes: usize,
}

impl Settings {
    /// The committer of refused events: one publish at a time, so that accepted ones come first.
    pub(crate) fn commit(&self, events: &commit::Settings) -> commit::Settings {
        commit::Settings {
            groups_in_flight: 1,
            pending_bytes: self.quarantine_pending_bytes,
            ..events.clone()
        }
    }
}

/// Which door a record came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Http,
    Inbox,
}

#[derive(Clone)]
pub(crate) struct QuarantineMetrics {
    http: Counter,
    inbox: Counter,
    dropped: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DoorLabels {
    door: &'static str,
}

impl QuarantineMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let kept = Family::<DoorLabels, Counter>::default();
        let help = "Refused events and unreadable messages that the queue has on their way to quarantine";
        registry.register("clickpath_quarantined", help, kept.clone());
        let dropped = Counter::default();
        let help = "Refused events of HTTP requests that were not kept: the queue was away, or too many waited";
        registry.register("clickpath_quarantine_dropped", help, dropped.clone());
        Self {
            http: kept.get_or_create_owned(&DoorLabels { door: "http" }),
            inbox: kept.get_or_create_owned(&DoorLabels { door: "inbox" }),
            dropped,
        }
    }

    /// What became of a group of records.
    pub(crate) fn settle(&self, tally: &[(Door, u64)], outcome: Outcome) {
        for (door, records) in tally {
            match (outcome, door) {
                (Outcome::Published, Door::Http) => self.http.inc_by(*records),
                (Outcome::Published, Door::Inbox) => self.inbox.inc_by(*records),
                (Outcome::Failed { .. }, Door::Http) => self.dropped.inc_by(*records),
                // It is tried again.
                (Outcome::Failed { .. }, Door::Inbox) => 0,
            };
        }
    }
}

/// The refusals of one body: how to count them, and their records.
#[derive(Default)]
pub(crate) struct Refused {
    pub(crate) counts: Vec<(Option<SiteIndex>, Counts)>,
    reasons: Vec<&'static str>,
    records: Vec<u8>,
    kept: usize,
}

impl Refused {
    /// The refusals that `body` came to.
    pub(crate) fn of(state: &State, sender: &Sender<'_>, body: &[u8], refusals: &[Refusal]) -> Self {
        let mut refused = Self::default();
        if refusals.is_empty() {
            return refused;
        }
        // A body with verdicts was split before: there is a text for each of them.
        let texts = decode::split(body).unwrap_or_default();
        for refusal in refusals {
            let text = texts.get(refusal.index).copied().unwrap_or_default();
            let site = named_site(text, sender.site);
            refused.count(state.sites.find(&site));
            refused.reasons.push(refusal.reason.code());
            if state.settings.quarantine.quarantine_refused {
                refused.keep(&record(state, sender, refusal, (text, &site)));
            }
        }
        refused
    }

    /// A message that could not be read as events.
    pub(crate) fn message(record: &Record<'_>) -> Self {
        let mut refused = Self::default();
        refused.keep(record);
        refused
    }

    /// Once per body, whatever is tried again.
    pub(crate) fn count_reasons(&self, state: &State) {
        self.reasons
            .iter()
            .for_each(|reason| state.metrics.count_refused(reason));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.kept == 0
    }

    /// `None` when there is nothing to publish.
    pub(crate) fn submit(&self, state: &State, door: Door) -> Result<Option<Ticket>, SubmitError> {
        if self.is_empty() {
            return Ok(None);
        }
        let batch = Batch {
            bytes: &self.records,
            events: self.kept,
            tally: &[(door, self.kept as u64)],
        };
        state.refused.submit(&batch).map(Some)
    }

    /// Hands the records on without waiting; those that find no room are counted.
    pub(crate) fn submit_if_room(&self, state: &State) {
        if let Err(error) = self.submit(state, Door::Http) {
            tracing::debug!(records = self.kept, %error, "refused events are not kept");
            state.metrics.quarantine.dropped.inc_by(self.kept as u64);
        }
    }

    fn count(&mut self, site: Option<SiteIndex>) {
        const ONE: Counts = Counts {
            received: 1,
            accepted: 0,
            rejected: 1,
            deferred: 0,
        };
        match self.counts.iter_mut().find(|(counted, _)| *counted == site) {
            Some((_, counts)) => *counts += ONE,
            None => self.counts.push((site, ONE)),
        }
    }

    fn keep(&mut self, record: &Record<'_>) {
        match quarantine::append(record, &mut self.records) {
            Ok(()) => self.kept += 1,
            Err(error) => tracing::error!(%error, "a refused event does not encode and is not kept"),
        }
    }
}

/// The site that the event names, else the request's; cut, as it may be anything.
fn named_site<'t>(text: &'t str, default: Option<&'t str>) -> Cow<'t, str> {
    #[derive(Deserialize)]
    struct Named<'t> {
        #[serde(borrow, default)]
        site: Cow<'t, str>,
    }
    // What has no readable site is refused for that, or for worse; it counts for the request's.
    let named = serde_json::from_str::<Named<'_>>(text).map_or_else(|_| Cow::Borrowed(""), |named| named.site);
    if named.is_empty() {
        return Cow::Borrowed(default.unwrap_or(""));
    }
    let end = named.floor_char_boundary(limits::SITE_BYTES);
    match named {
        Cow::Borrowed(name) => Cow::Borrowed(&name[..end]),
        Cow::Owned(mut name) => {
            name.truncate(end);
            Cow::Owned(name)
        }
    }
}

fn record<'r>(
    state: &State,
    sender: &'r Sender<'_>,
    refusal: &'r Refusal,
    (text, site): (&'r str, &'r str),
) -> Record<'r> {
    let own_id = refusal.id.as_deref().and_then(|id| id.parse().ok());
    Record {
        id: own_id.unwrap_or_else(|| sender.ids.make(refusal.index, sender.received_at)),
        site: site.into(),
        reason: refusal.reason.code().into(),
        code: 0,
        field: refusal.field.into(),
        message: refusal.reason.to_string().into(),
        source: sender.source,
        received_at: sender.received_at,
        group_id: Uuid::nil(),
        form: Form::Json,
        accepted: false,
        // A trusted sender's own agent and address are nobody's visit; without an address a replay trusts the event's own.
        user_agent: if sender.trusted { "" } else { sender.request.user_agent }.into(),
        ip: match sender.trusted {
            true => None,
            false => sender.request.ip.map(|ip| state.enricher.kept(ip)),
        },
        bytes: text.as_bytes().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        assert_eq!(named_site(text, Some("default")), expect, "{text}");
    }

    #[test]
    fn finds_the_site_an_event_names() {
        check(r#"{"site": "shop", "x": [1, {"y": 2}]}"#, "shop");
        check(r#"{"site": "sh\u006fp"}"#, "shop");
        check(r#"{"site": ""}"#, "default");
        check(r#"{"site": 7}"#, "default");
        check("{}", "default");
        check("7", "default");
        check(&format!(r#"{{"site": "{}"}}"#, "é".repeat(40)), &"é".repeat(32));
    }
}
