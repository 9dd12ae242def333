use std::sync::Arc;

use axum::body::Bytes;
use event::{Refusal, Source, Timestamp};

use super::Console;
use crate::intake::{Sender, Taken};
use crate::quarantine::Door;

/// What one request or message brought, as it was at hand.
pub(crate) struct Arrival {
    pub(crate) door: Door,
    pub(crate) source: Option<Source>,
    pub(crate) received_at: Timestamp,
    /// Of events that name none.
    pub(crate) site: Option<String>,
    /// After decompression.
    pub(crate) body: Bytes,
    pub(crate) came_to: CameTo,
}

pub(crate) enum CameTo {
    /// The body was events.
    Events {
        /// Accepted ones in the body's order, as [`event::group::append`] writes them.
        encoded: Vec<u8>,
        accepted: usize,
        refused: Vec<Refusal>,
        /// The queue has the accepted ones. Else their sender keeps them and sends them again.
        published: bool,
    },
    /// Nothing of it was judged: the request was refused, or put off, as a whole.
    Nothing {
        code: String,
        message: String,
        /// The sender keeps its events.
        again: bool,
    },
}

impl Arrival {
    /// A body of events, before its accepted ones are published.
    pub(crate) fn of(door: Door, sender: &Sender<'_>, body: Bytes, (encoded, taken): (&[u8], &Taken)) -> Self {
        Self {
            door,
            source: Some(sender.source),
            received_at: sender.received_at,
            site: sender.site.map(str::to_owned),
            body,
            came_to: CameTo::Events {
                encoded: encoded.to_vec(),
                accepted: taken.events,
                refused: taken.refused.clone(),
                published: false,
            },
        }
    }

    /// Events it counts for.
    pub(super) fn events(&self) -> usize {
        match &self.came_to {
            CameTo::Events { accepted, refused, .. } => accepted + refused.len(),
            CameTo::Nothing { .. } => 1,
        }
    }

    /// What it holds, roughly.
    pub(super) fn bytes(&self) -> usize {
        const OVERHEAD: usize = 512;
        const REFUSAL: usize = 256;
        let more = match &self.came_to {
            CameTo::Events { encoded, refused, .. } => encoded.len() + REFUSAL * refused.len(),
            CameTo::Nothing { message, .. } => message.len(),
        };
        OVERHEAD + self.body.len() + more
    }

    #[cfg(test)]
    pub(super) fn unreadable(received_at: Timestamp, body: Bytes) -> Self {
        Self {
            door: Door::Http,
            source: Some(Source::Http),
            received_at,
            site: None,
            body,
            came_to: CameTo::Nothing {
                code: "broken_json".to_owned(),
                message: String::new(),
                again: false,
            },
        }
    }
}

/// An arrival whose group is on its way. Dropped without [`Witness::published`], because the queue is away or the client went, it
/// is shown as one that was put off: its sender has no receipt and sends it again.
pub(crate) struct Witness {
    console: Arc<Console>,
    arrival: Option<Arrival>,
}

impl Witness {
    pub(crate) fn new(console: &Arc<Console>, arrival: Arrival) -> Self {
        Self {
            console: Arc::clone(console),
            arrival: Some(arrival),
        }
    }

    pub(crate) fn published(mut self) {
        if let Some(Arrival {
            came_to: CameTo::Events { published, .. },
            ..
        }) = &mut self.arrival
        {
            *published = true;
        }
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        if let Some(arrival) = self.arrival.take() {
            self.console.ring.push(arrival);
        }
    }
}
