//! The way of events out of the page: batches, retries, and what happens when the page ends.

use std::collections::VecDeque;

use event::limits;
use gloo::timers::callback::Timeout;
use web_sys::Response;

use crate::browser::{Browser, warn};
use crate::request::{Answer, Request, answer, beacon};
use crate::stash::Stash;
use crate::store::Store;
use crate::tracker::with;

/// A person sees their own click on the dashboard within two seconds.
const GATHER_MS: u32 = 400;
const BATCH_EVENTS: usize = 20;
const BATCH_BYTES: usize = 30_000;
/// Browsers let a page's beacons and keepalive requests carry 64 KiB at a time.
const BUDGET_BYTES: usize = 60_000;
/// What a page holds while the gateway is away.
const QUEUE_BYTES: usize = 1024 * 1024;
const FIRST_PAUSE_MS: u32 = 1_000;
const LONGEST_PAUSE_MS: u32 = 60_000;

pub(crate) struct Delivery {
    /// With its query, to which the time of sending is appended.
    endpoint: String,
    queue: VecDeque<String>,
    queued_bytes: usize,
    requests: Vec<Request>,
    sent: u32,
    timer: Option<Timeout>,
    /// The pause after the last failure; 0 while the gateway answers.
    pause_ms: u32,
    stash: Stash,
    overflowed: bool,
}

impl Delivery {
    pub(crate) fn new(endpoint: String, site: &str, store: &Store) -> Self {
        let stash = Stash::new(site);
        let mut delivery = Self {
            endpoint,
            queue: VecDeque::new(),
            queued_bytes: 0,
            requests: Vec::new(),
            sent: 0,
            timer: None,
            pause_ms: 0,
            overflowed: false,
            stash,
        };
        for event in delivery.stash.events(store) {
            delivery.queued_bytes += event.len();
            delivery.queue.push_back(event);
        }
        delivery
    }

    pub(crate) fn push(&mut self, browser: &Browser, event: String) {
        if event.len() > limits::EVENT_BYTES {
            return warn("an event over 64 KiB was not sent");
        }
        self.queued_bytes += event.len();
        self.queue.push_back(event);
        self.bound();
        if self.pause_ms == 0 && (self.queue.len() >= BATCH_EVENTS || self.queued_bytes >= BATCH_BYTES) {
            self.pump(browser);
        }
        self.gather();
    }

    /// Makes sure that what waits is sent soon.
    pub(crate) fn gather(&mut self) {
        if self.timer.is_none() {
            self.wake_in(GATHER_MS);
        }
    }

    /// The timer has run out.
    pub(crate) fn woken(&mut self, browser: &Browser) {
        self.timer = None;
        self.pump(browser);
    }

    pub(crate) fn answered(&mut self, browser: &Browser, store: &mut Store, number: u32, response: &Response) -> bool {
        let Some(request) = self.take(number) else { return false };
        match answer(response) {
            Answer::Again(pause_ms) => {
                self.again(request, pause_ms);
                false
            }
            settled => {
                self.pause_ms = 0;
                self.stash.forget(store, &request.events);
                self.pump(browser);
                settled == Answer::Refused
            }
        }
    }

    pub(crate) fn failed(&mut self, number: u32) {
        if let Some(request) = self.take(number) {
            self.again(request, None);
        }
    }

    /// The page goes out of sight, or ends: everything leaves, or is kept for the next page.
    pub(crate) fn hide(&mut self, browser: &Browser, store: &mut Store, ends: bool) {
        let gateway_answers = self.pause_ms == 0;
        if !gateway_answers {
            self.keep(store);
        }
        if gateway_answers || ends {
            self.beacon_all(browser);
        }
        self.keep(store);
        if !self.queue.is_empty() {
            self.gather();
        }
    }

    fn beacon_all(&mut self, browser: &Browser) {
        while !self.queue.is_empty() {
            let batch = self.batch();
            if !beacon(browser, &self.endpoint, &batch) {
                return self.put_back(batch);
            }
        }
    }

    /// Sends what waits as far as the budget goes; while the gateway is away one batch at a time.
    fn pump(&mut self, browser: &Browser) {
        while !self.queue.is_empty() && (self.pause_ms == 0 || self.requests.is_empty()) {
            let batch = self.batch();
            let bytes: usize = batch.iter().map(|event| event.len() + 1).sum();
            let in_flight: usize = self.requests.iter().map(|request| request.bytes).sum();
            if in_flight + bytes > BUDGET_BYTES && !self.requests.is_empty() {
                return self.put_back(batch);
            }
            self.sent += 1;
            let request = Request::send(browser, &self.endpoint, self.sent, batch, bytes <= BUDGET_BYTES);
            self.requests.push(request);
        }
    }

    /// The oldest events, as many as fit one request.
    fn batch(&mut self) -> Vec<String> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        while let Some(event) = self.queue.front() {
            let full = batch.len() == limits::EVENTS || bytes + event.len() > BATCH_BYTES;
            if full && !batch.is_empty() {
                break;
            }
            bytes += event.len();
            batch.extend(self.queue.pop_front());
        }
        self.queued_bytes -= bytes;
        batch
    }

    fn put_back(&mut self, batch: Vec<String>) {
        for event in batch.into_iter().rev() {
            self.queued_bytes += event.len();
            self.queue.push_front(event);
        }
    }

    fn again(&mut self, request: Request, pause_ms: Option<u32>) {
        self.put_back(request.events);
        self.bound();
        self.pause_ms = (self.pause_ms * 2).clamp(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
        self.wake_in(pause_ms.unwrap_or(self.pause_ms));
    }

    fn wake_in(&mut self, pause_ms: u32) {
        self.timer = Some(Timeout::new(pause_ms, || with(crate::tracker::Tracker::flush)));
    }

    fn keep(&self, store: &mut Store) {
        let unconfirmed = self.requests.iter().flat_map(|request| &request.events);
        self.stash.keep(store, self.queue.iter().chain(unconfirmed));
    }

    fn take(&mut self, number: u32) -> Option<Request> {
        let index = self.requests.iter().position(|request| request.number == number)?;
        Some(self.requests.swap_remove(index))
    }

    /// The oldest events go when the page has held too many for too long.
    fn bound(&mut self) {
        while self.queued_bytes > QUEUE_BYTES {
            if let Some(event) = self.queue.pop_front() {
                self.queued_bytes -= event.len();
            }
            if !self.overflowed {
                self.overflowed = true;
                warn("the gateway has been away for long; the oldest events are dropped");
            }
        }
    }
}
