//! One body to encoded events and refusals: what `POST /events`, the queue `clickpath.in` and a replay have in common.

use enrich::Arrival;
use event::decode::{self, BodyError};
use event::group::{self, GroupError};
use event::{Event, Refusal, Source, Timestamp};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::State;
use crate::ids::new_id;
use crate::ledger::Minute;
use crate::metrics::AcceptedSlot;
use crate::signals::Tally;
use crate::sites::{Site, SiteIndex};

/// Who sent a body, and what the door knows about it.
pub(crate) struct Sender<'s> {
    /// The site of events that name none.
    pub(crate) site: Option<&'s str>,
    pub(crate) source: Source,
    /// Of its events, by the server's clock.
    pub(crate) received_at: Timestamp,
    /// When it was sent, by the sender's own clock.
    pub(crate) sent_at: Option<Timestamp>,
    /// May set `user_agent` and `ip` of its events.
    pub(crate) trusted: bool,
    pub(crate) request: enrich::Request<'s>,
    /// The rules of a site for this sender.
    pub(crate) rules: &'s dyn Fn(&'s Site) -> decode::Site<'s>,
    pub(crate) ids: Ids,
    /// Somebody waits for the outcome and keeps the events when they are not published.
    pub(crate) receipt: bool,
}

/// The ids of events that bring none.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ids {
    /// UUIDv7: a resend cannot be recognised.
    Random,
    /// Made from this hash and the event's index: the same for the same message, so that a redelivery stores once.
    Derived([u8; 32]),
    /// Of the one event in the body.
    Fixed(Uuid),
}

/// Verdicts in the order of the body.
pub(crate) type Verdicts<'b> = Vec<Result<Event<'b>, Refusal>>;

/// How accepted events are counted once the outcome of their group is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tallied {
    pub(crate) slot: AcceptedSlot,
    pub(crate) minute: Minute,
    /// [`Sender::receipt`]
    pub(crate) receipt: bool,
}

/// What one body came to.
#[derive(Default)]
pub(crate) struct Taken {
    pub(crate) events: usize,
    pub(crate) tally: Vec<(Tallied, u64)>,
    pub(crate) refused: Vec<Refusal>,
}

impl Ids {
    /// A UUIDv8 from what names the message.
    pub(crate) fn of_message(message_id: Option<&str>, body: &[u8]) -> Self {
        // The id alone would merge the messages of a program that begins to count anew at each start.
        let id = message_id.unwrap_or("");
        let hash = Sha256::new()
            .chain_update((id.len() as u64).to_le_bytes())
            .chain_update(id)
            .chain_update(body);
        Self::Derived(hash.finalize().into())
    }

    pub(crate) fn make(&self, index: usize, now: Timestamp) -> Uuid {
        match self {
            Self::Random => new_id(now),
            Self::Fixed(id) => *id,
            Self::Derived(seed) => {
                let hash = Sha256::new()
                    .chain_update(seed)
                    .chain_update((index as u64).to_le_bytes())
                    .finalize();
                let mut bytes = [0; 16];
                bytes.copy_from_slice(&hash[..16]);
                uuid::Builder::from_custom_bytes(bytes).into_uuid()
            }
        }
    }
}

/// The verdict on each event of a body, as it was at `judged_at`.
pub(crate) fn decode<'b, 's>(
    state: &'s State,
    sender: &Sender<'s>,
    body: &'b [u8],
    judged_at: Timestamp,
) -> Result<Verdicts<'b>, BodyError> {
    let find = |name: &str| state.sites.find(name).map(|site| (sender.rules)(state.sites.get(site)));
    let default = sender.site.and_then(find);
    let mut made = Vec::new();
    let mut context = decode::Context {
        received_at: judged_at,
        default_site: sender.site,
        site: &|name| match default {
            Some(site) if site.name == name => Some(site),
            _ => find(name),
        },
        trusted: sender.trusted,
        new_id: &mut || {
            let id = new_id(sender.received_at);
            made.push(id);
            id
        },
    };
    let mut verdicts = decode::decode(body, &mut context)?;
    if !matches!(sender.ids, Ids::Random) {
        // The decoder makes ids in the body's order and does not say for which event.
        let mut made = made.into_iter().peekable();
        for (index, verdict) in verdicts.iter_mut().enumerate() {
            if let Ok(event) = verdict
                && made.next_if_eq(&event.id).is_some()
            {
                event.id = sender.ids.make(index, sender.received_at);
            }
        }
    }
    Ok(verdicts)
}

/// Enriches accepted events and appends them to `encoded`; `accepted` is told their ids.
pub(crate) fn encode<'b>(
    state: &'b State,
    sender: &Sender<'b>,
    verdicts: Verdicts<'b>,
    encoded: &mut Vec<u8>,
    mut accepted: impl FnMut(Uuid),
) -> Result<Taken, GroupError> {
    let received_at = sender.received_at;
    let mut taken = Taken {
        tally: Vec::with_capacity(1),
        ..Taken::default()
    };
    let default = sender.site.and_then(|name| state.sites.find(name));
    let clock_skew_ms = sender.sent_at.map(|sent_at| received_at.0.saturating_sub(sent_at.0));
    let minute = Minute::of(received_at);
    let mut known = state.enricher.sender(&sender.request);
    let mut signals = (None, Tally::default());
    for verdict in verdicts {
        let event = match verdict {
            Ok(event) => event,
            Err(refusal) => {
                taken.refused.push(refusal);
                continue;
            }
        };
        let site = site_of(state, default, &event.site);
        accepted(event.id);
        taken.count(Tallied {
            slot: AcceptedSlot::new(site, sender.source),
            minute,
            receipt: sender.receipt,
        });
        let arrival = Arrival {
            source: sender.source,
            received_at,
            clock_skew_ms,
            site_base_url: &state.sites.get(site).base_url,
        };
        let enriched = state.enricher.enrich(event, &mut known, arrival);
        if signals.0 != Some(site) {
            count_signals(state, std::mem::replace(&mut signals, (Some(site), Tally::default())));
        }
        signals.1.add(&enriched);
        group::append(&enriched, encoded)?;
    }
    count_signals(state, signals);
    Ok(taken)
}

fn count_signals(state: &State, (site, tally): (Option<SiteIndex>, Tally)) {
    if let Some(site) = site {
        state.metrics.signals.count(site, &tally);
    }
}

fn site_of(state: &State, default: Option<SiteIndex>, name: &str) -> SiteIndex {
    match default {
        Some(site) if state.sites.get(site).name == name => site,
        _ => state.sites.find(name).expect("events of unknown sites are refused"),
    }
}

impl Taken {
    fn count(&mut self, key: Tallied) {
        self.events += 1;
        match self.tally.iter_mut().find(|(counted, _)| *counted == key) {
            Some((_, events)) => *events += 1,
            None => self.tally.push((key, 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_341_600_000);

    #[test]
    fn makes_the_same_id_for_the_same_place() {
        let make = |message_id, body: &str, index| Ids::of_message(message_id, body.as_bytes()).make(index, NOW);
        let id = make(Some("m1"), "[]", 0);
        assert_eq!((id.get_version_num(), id.get_variant()), (8, uuid::Variant::RFC4122));
        assert_eq!(make(Some("m1"), "[]", 0), id);
        for other in [
            make(Some("m1"), "[]", 1),
            make(Some("m2"), "[]", 0),
            make(Some("m1"), "{}", 0),
            make(None, "m1[]", 0),
            make(None, "[]", 0),
        ] {
            assert_ne!(other, id);
        }
    }
}
