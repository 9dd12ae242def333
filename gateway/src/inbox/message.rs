//! One message of `clickpath.in` to what the queue must have before it is acknowledged.

use std::time::Duration;

use bytes::Bytes;
use event::decode::BodyError;
use event::group::GroupError;
use event::quarantine::{Form, Record};
use event::{Source, Timestamp};
use queue::Message;
use uuid::Uuid;

use crate::commit::{Batch, Outcome, Ticket};
use crate::console::{Arrival, CameTo, Witness};
use crate::events::{InflateError, inflate};
use crate::intake::{self, Ids, Sender, Taken};
use crate::ledger::Minute;
use crate::quarantine::{Door, Refused};
use crate::sites::Site;
use crate::{State, moment};

/// Before the next try, when the queue does not say when.
const RETRY: Duration = Duration::from_millis(500);

/// Of a message that cannot be read. A body of events is smaller, and a larger record would find no room in a group.
const KEPT_BYTES: usize = 2 * 1024 * 1024;

/// A message and how far it is.
pub(super) struct Work<'s> {
    state: &'s State,
    message: Message,
    ids: Ids,
    /// Of two publishes one may succeed first, and is not repeated.
    events_published: bool,
}

/// The message as a whole is no body of events.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error("content encoding {0:?} is not taken: send gzip or none")]
    Encoding(String),
    #[error(transparent)]
    Inflate(#[from] InflateError),
    #[error("header sent_at {0:?} must be milliseconds since 1970 or an RFC 3339 moment, between 2000 and 2100")]
    SentAt(String),
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error("an accepted event does not encode: {0}")]
    Encode(#[from] GroupError),
}

/// What a body came to, encoded.
struct Read {
    encoded: Vec<u8>,
    taken: Taken,
    refused: Refused,
    /// Where somebody watches.
    arrival: Option<Arrival>,
}

impl<'s> Work<'s> {
    pub(super) fn new(state: &'s State, message: Message) -> Self {
        Self {
            state,
            ids: Ids::of_message(message.message_id.as_deref(), &message.body),
            message,
            events_published: false,
        }
    }

    /// Returns when the queue has everything of the message; the error says how long to wait before the next call.
    ///
    /// Each call reads the message anew: its events are received when the queue takes them.
    pub(super) async fn publish(&mut self) -> Result<(), Duration> {
        let received_at = (self.state.clock)();
        let read = match self.read(received_at) {
            Ok(read) => read,
            Err(error) => return self.put_aside(&error, received_at).await,
        };
        // Records first: when they find no room, no events are published that the next try would publish again.
        let refused = read.refused.submit(self.state, Door::Inbox).map_err(|_| RETRY)?;
        if !self.events_published && read.taken.events > 0 {
            let batch = Batch {
                bytes: &read.encoded,
                events: read.taken.events,
                tally: &read.taken.tally,
            };
            let ticket = self.state.committer.submit(&batch).map_err(|_| RETRY)?;
            confirmed(ticket).await?;
            self.events_published = true;
        }
        if let Some(ticket) = refused {
            confirmed(ticket).await?;
        }
        if let (Some(console), Some(arrival)) = (&self.state.console, read.arrival) {
            // What was tried in vain before is not shown: it is tried again by this door and not by its sender.
            Witness::new(console, arrival).published();
        }
        read.refused.count_reasons(self.state);
        self.state.ledger.add(Minute::of(received_at), read.refused.counts);
        Ok(())
    }

    fn read(&self, received_at: Timestamp) -> Result<Read, Unreadable> {
        let (state, message) = (self.state, &self.message);
        let body = plain(message)?;
        let sent_at = match message.sent_at.as_deref().filter(|sent_at| !sent_at.is_empty()) {
            Some(text) => {
                Some(moment::parse(text).ok_or_else(|| Unreadable::SentAt(text.chars().take(100).collect()))?)
            }
            None => None,
        };
        let default_site = state
            .sites
            .default_site()
            .map(|site| state.sites.get(site).name.as_str());
        let sender = Sender {
            // One that is not configured here is refused event by event, and can be sent again once it is.
            site: message.site.as_deref().filter(|site| !site.is_empty()).or(default_site),
            source: Source::Amqp,
            received_at,
            sent_at,
            trusted: true,
            request: enrich::Request::default(),
            rules: &Site::rules,
            ids: self.ids,
            receipt: false,
        };
        let mut encoded = Vec::new();
        let verdicts = intake::decode(state, &sender, &body, received_at)?;
        let taken = intake::encode(state, &sender, verdicts, &mut encoded, |_| {})?;
        let refused = Refused::of(state, &sender, &body, &taken.refused);
        let is_watched = state
            .console
            .as_ref()
            .is_some_and(|console| console.is_watched(received_at));
        let arrival = is_watched.then(|| Arrival::of(Door::Inbox, &sender, body.clone(), (&encoded, &taken)));
        Ok(Read {
            encoded,
            taken,
            refused,
            arrival,
        })
    }

    async fn put_aside(&self, error: &Unreadable, received_at: Timestamp) -> Result<(), Duration> {
        let body = plain(&self.message).unwrap_or_else(|_| self.message.body.clone());
        let kept = &body[..body.len().min(KEPT_BYTES)];
        let cut = match kept.len() < body.len() {
            true => format!("; only the first {KEPT_BYTES} of {} bytes are kept", body.len()),
            false => String::new(),
        };
        let record = Record {
            id: self.ids.make(0, received_at),
            site: self.message.site.as_deref().unwrap_or("").into(),
            reason: "unreadable".into(),
            code: 0,
            field: "".into(),
            message: format!("{error}{cut}").into(),
            source: Source::Amqp,
            received_at,
            group_id: Uuid::nil(),
            form: Form::Message,
            accepted: false,
            user_agent: "".into(),
            ip: None,
            bytes: kept.into(),
        };
        let refused = Refused::message(&record);
        if let Some(ticket) = refused.submit(self.state, Door::Inbox).map_err(|_| RETRY)? {
            confirmed(ticket).await?;
        }
        if let Some(console) = self
            .state
            .console
            .as_ref()
            .filter(|console| console.is_watched(received_at))
        {
            let arrival = Arrival {
                door: Door::Inbox,
                source: Some(Source::Amqp),
                received_at,
                site: self.message.site.clone(),
                body: Bytes::copy_from_slice(kept),
                came_to: CameTo::Nothing {
                    code: "unreadable".to_owned(),
                    message: error.to_string(),
                    again: false,
                },
            };
            drop(Witness::new(console, arrival));
        }
        tracing::warn!(%error, bytes = self.message.body.len(), "a message of clickpath.in is no body of events");
        self.state.metrics.inbox.unreadable.inc();
        Ok(())
    }
}

async fn confirmed(ticket: Ticket) -> Result<(), Duration> {
    match ticket.outcome().await {
        Outcome::Published => Ok(()),
        Outcome::Failed { retry_after } => Err(retry_after.unwrap_or(RETRY)),
    }
}

/// The body as it was before compression.
fn plain(message: &Message) -> Result<Bytes, Unreadable> {
    match message.content_encoding.as_deref().map(str::trim) {
        None | Some("" | "identity") => Ok(message.body.clone()),
        Some("gzip" | "x-gzip") => Ok(inflate(&message.body)?),
        // Producers set a character set there, which JSON has of its own.
        Some(encoding) if encoding.eq_ignore_ascii_case("utf-8") => Ok(message.body.clone()),
        Some(other) => Err(Unreadable::Encoding(other.chars().take(100).collect())),
    }
}
