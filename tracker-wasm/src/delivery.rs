//! The way of events out of the page: batches, retries, and what happens when the page ends.

use event::{json::Array, limits};

use crate::host::{beacon, send, warn};
use crate::stash::Stash;

/// A person sees their own click on the dashboard within two seconds.
const GATHER_MS: f64 = 400.0;
const BATCH_EVENTS: usize = 20;
const BATCH_BYTES: usize = 30_000;
/// Browsers let a page's beacons and keepalive requests carry 64 KiB at a time.
const BUDGET_BYTES: usize = 60_000;
/// What a page holds while the gateway is away.
const QUEUE_BYTES: usize = 1024 * 1024;
const FIRST_PAUSE_MS: f64 = 1_000.0;
const LONGEST_PAUSE_MS: f64 = 60_000.0;
const LONGEST_RETRY_AFTER_MS: f64 = 3_600_000.0;

/// What the gateway's status asks of the client.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    Confirmed,
    /// When the client sees fit, and not earlier than after so many milliseconds.
    Again(f64),
    Refused,
}

/// A batch on its way.
struct Request {
    number: u32,
    events: Vec<String>,
    /// Bytes that count against the browser's budget for requests that outlive their page.
    bytes: usize,
}

pub(crate) struct Delivery {
    queue: Vec<String>,
    queued_bytes: usize,
    requests: Vec<Request>,
    sent: u32,
    /// When to send what waits, by [`crate::host::elapsed`].
    pub(crate) due: f64,
    /// The pause after the last failure; 0 while the gateway answers.
    pause_ms: f64,
    stash: Stash,
    overflowed: bool,
}

impl Delivery {
    pub(crate) fn new(site: &str) -> Self {
        let stash = Stash::new(site);
        let queue = stash.events();
        Self {
            queued_bytes: queue.iter().map(String::len).sum(),
            queue,
            requests: Vec::new(),
            sent: 0,
            due: f64::INFINITY,
            pause_ms: 0.0,
            overflowed: false,
            stash,
        }
    }

    pub(crate) fn push(&mut self, event: String, now: f64) {
        if event.len() > limits::EVENT_BYTES {
            return warn("an event over 64 KiB was not sent");
        }
        self.queued_bytes += event.len();
        self.queue.push(event);
        self.bound();
        if self.pause_ms == 0.0 && (self.queue.len() >= BATCH_EVENTS || self.queued_bytes >= BATCH_BYTES) {
            self.pump();
        }
        self.gather(now);
    }

    /// Makes sure that what waits is sent soon.
    pub(crate) fn gather(&mut self, now: f64) {
        if self.due == f64::INFINITY {
            self.due = now + GATHER_MS;
        }
    }

    /// Sends what waits as far as the budget goes; while the gateway is away one batch at a time.
    pub(crate) fn pump(&mut self) {
        self.due = f64::INFINITY;
        while !self.queue.is_empty() && (self.pause_ms == 0.0 || self.requests.is_empty()) {
            let batch = self.batch();
            let bytes = batch.iter().map(|event| event.len() + 1).sum();
            let in_flight: usize = self.requests.iter().map(|request| request.bytes).sum();
            if in_flight + bytes > BUDGET_BYTES && !self.requests.is_empty() {
                return self.put_back(batch);
            }
            self.sent += 1;
            let keepalive = bytes <= BUDGET_BYTES;
            send(self.sent, &body(&batch), keepalive);
            self.requests.push(Request {
                number: self.sent,
                events: batch,
                bytes: if keepalive { bytes } else { 0 },
            });
        }
    }

    /// A request ended with `status`, 0 when it failed on the way, and `retry_after`, seconds or NaN. Tells whether it was refused.
    pub(crate) fn answered(&mut self, number: u32, status: u32, retry_after: f64, now: f64) -> bool {
        let Some(index) = self.requests.iter().position(|request| request.number == number) else {
            return false;
        };
        let request = self.requests.swap_remove(index);
        match answer(status, retry_after) {
            Answer::Again(pause_ms) => {
                self.put_back(request.events);
                self.bound();
                self.pause_ms = (self.pause_ms * 2.0).clamp(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
                self.due = now + if pause_ms > 0.0 { pause_ms } else { self.pause_ms };
                false
            }
            settled => {
                self.pause_ms = 0.0;
                self.stash.forget(&request.events);
                self.pump();
                settled == Answer::Refused
            }
        }
    }

    /// The page goes out of sight, or ends: everything leaves, or is kept for the next page.
    pub(crate) fn hide(&mut self, ends: bool, now: f64) {
        let gateway_answers = self.pause_ms == 0.0;
        if !gateway_answers {
            self.keep();
        }
        if gateway_answers || ends {
            self.beacon_all();
        }
        self.keep();
        if !self.queue.is_empty() {
            self.gather(now);
        }
    }

    fn beacon_all(&mut self) {
        while !self.queue.is_empty() {
            let batch = self.batch();
            if !beacon(&body(&batch)) {
                return self.put_back(batch);
            }
        }
    }

    /// The oldest events, as many as fit one request.
    fn batch(&mut self) -> Vec<String> {
        let mut bytes = 0;
        let mut count = 0;
        for event in &self.queue {
            if count > 0 && (count == limits::EVENTS || bytes + event.len() > BATCH_BYTES) {
                break;
            }
            bytes += event.len();
            count += 1;
        }
        self.queued_bytes -= bytes;
        self.queue.drain(..count).collect()
    }

    fn put_back(&mut self, mut batch: Vec<String>) {
        self.queued_bytes += batch.iter().map(String::len).sum::<usize>();
        batch.append(&mut self.queue);
        self.queue = batch;
    }

    fn keep(&self) {
        let unconfirmed = self.requests.iter().flat_map(|request| &request.events);
        self.stash.keep(self.queue.iter().chain(unconfirmed));
    }

    /// The oldest events go when the page has held too many for too long.
    fn bound(&mut self) {
        while self.queued_bytes > QUEUE_BYTES {
            self.queued_bytes -= self.queue.remove(0).len();
            if !self.overflowed {
                self.overflowed = true;
                warn("the gateway has been away for long; the oldest events are dropped");
            }
        }
    }
}

/// Too early, too many and every fault of the server pass; another refusal would be the same the next time.
fn answer(status: u32, retry_after: f64) -> Answer {
    match status {
        200..=299 => Answer::Confirmed,
        0 | 408 | 425 | 429 | 500..=599 => Answer::Again((retry_after * 1_000.0).min(LONGEST_RETRY_AFTER_MS)),
        _ => Answer::Refused,
    }
}

fn body(events: &[String]) -> String {
    let mut text = String::new();
    let mut array = Array::new(&mut text);
    for event in events {
        array.raw(event);
    }
    drop(array);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_only_what_may_pass() {
        assert_eq!(answer(202, f64::NAN), Answer::Confirmed);
        assert_eq!(answer(503, 7.0), Answer::Again(7_000.0));
        assert_eq!(answer(429, 99_999_999_999.0), Answer::Again(3_600_000.0));
        assert_eq!(answer(400, 7.0), Answer::Refused);
        assert_eq!(answer(403, 0.0), Answer::Refused);
    }
}
