//! The way of events out of the page: batches, retries, and what happens when the page ends.
//!
//! Every event is in one place: waiting, on its way, stored for another page, confirmed, or lost and counted. [`Outbox::step`] is all that
//! moves one. An event may be sent twice, under one id; it is never forgotten before the gateway has answered for it.

mod stock;
#[cfg(test)]
mod tests;

use alloc::string::String;
use alloc::vec::Vec;

use event::json::Object;
use event::limits;

use self::stock::Stock;

/// A person sees their own click on the dashboard within two seconds.
const GATHER_MS: f64 = 400.0;
const BATCH_EVENTS: u32 = 20;
const BATCH_BYTES: usize = 30_000;
/// Browsers let a page's beacons and keepalive requests carry 64 KiB at a time.
const BUDGET_BYTES: usize = 60_000;
/// What a page holds while the gateway is away. Browsers store about five million characters for an origin; its pages need some too.
const QUEUE_BYTES: usize = 1024 * 1024;
const FIRST_PAUSE_MS: f64 = 1_000.0;
const LONGEST_PAUSE_MS: f64 = 60_000.0;
const LONGEST_RETRY_AFTER_MS: f64 = 3_600_000.0;

/// What the outbox has others do.
pub(crate) trait Way {
    /// Posts a body; [`Input::Answered`] follows.
    fn send(&self, number: u32, body: &str, keepalive: bool);
    /// Hands a body to the browser for the time after the page; false when it takes no more.
    fn beacon(&self, body: &str) -> bool;
    /// The names of all that is stored under a name that begins so, each ended by a line break.
    fn names(&self, prefix: &str) -> String;
    /// What is stored under a name; empty when nothing is.
    fn load(&self, name: &str) -> String;
    /// Tells whether the value outlives the page. An empty one removes what is stored.
    fn save(&self, name: &str, value: &str) -> bool;
    /// 32 random bits.
    fn random(&self) -> u32;
    /// One line for the person who put the tracker on the page.
    fn warn(&self, message: &str);
}

pub(crate) enum Input {
    /// The text of an event, and how many events it stands for: more than one where it reports the lost.
    Fired(String, u32),
    /// The time [`Outbox::due`] has come.
    Due,
    /// A request ended with a status, 0 when it failed on the way, and `Retry-After` in seconds, NaN for none.
    Answered(u32, u32, f64),
    /// The page goes out of sight.
    Hidden,
    /// The page ends, or sleeps in the browser's cache.
    Ends,
    /// It woke up there.
    Restored,
    /// The network is back.
    Online,
}

/// Why events were lost.
#[derive(Clone, Copy)]
enum Loss {
    /// The queue was full.
    Overflow,
    /// One event was over the contract's limit.
    TooLarge,
    /// The gateway refused the batch for good.
    Refused,
    /// The browser stored no more when the page ended.
    Quota,
}

/// By [`Loss`].
type Lost = [u32; 4];

const LOSSES: [&str; 4] = ["overflow", "too_large", "refused", "quota"];

/// A batch on its way.
struct Request {
    number: u32,
    lines: String,
    /// It outlives its page, and counts against the browser's budget for such.
    keepalive: bool,
}

pub(crate) struct Outbox<W> {
    way: W,
    /// Lines, as [`stock`] stores them.
    queue: String,
    limit_bytes: usize,
    requests: Vec<Request>,
    sent: u32,
    /// When to send what waits; times are milliseconds that never run backwards.
    pub(crate) due: f64,
    /// The pause after the last failure; 0 while the gateway answers.
    pause_ms: f64,
    /// Not before this, because the gateway said so.
    asked_until: f64,
    stock: Stock,
    /// Whether what earlier pages left was fetched.
    fetched: bool,
    lost: Lost,
    warned: bool,
}

impl<W: Way> Outbox<W> {
    /// [`Self::open`] follows: the tracker is made before it runs.
    pub(crate) const fn new(way: W) -> Self {
        Self {
            way,
            queue: String::new(),
            limit_bytes: QUEUE_BYTES,
            requests: Vec::new(),
            sent: 0,
            due: f64::INFINITY,
            pause_ms: 0.0,
            asked_until: 0.0,
            stock: Stock::new(),
            fetched: false,
            lost: [0; 4],
            warned: false,
        }
    }

    pub(crate) fn open(&mut self, site: &str, now: f64) {
        self.stock.open(site);
        self.gather(now);
    }

    /// Tells whether the gateway refused events for good.
    pub(crate) fn step(&mut self, input: Input, now: f64) -> bool {
        let away = self.pause_ms > 0.0;
        let mut refused = false;
        match input {
            Input::Fired(text, stands_for) => {
                self.admit(&text, stands_for);
                if !away && (self.queue.len() >= BATCH_BYTES || stock::count(&self.queue) >= BATCH_EVENTS) {
                    self.pump();
                }
                self.gather(now);
            }
            Input::Due => {
                self.due = f64::INFINITY;
                // Not at once: the page before may still be writing.
                self.fetch();
                self.pump();
            }
            Input::Answered(number, status, retry_after) => {
                let Some(request) = self.take(number) else { return false };
                match answer(status, retry_after) {
                    Answer::Again(at_least_ms) => {
                        self.put_back(request.lines);
                        self.bound();
                        self.pause(at_least_ms, now);
                        self.keep();
                    }
                    settled => {
                        refused = settled == Answer::Refused;
                        if refused {
                            self.lose(Loss::Refused, &request.lines);
                        }
                        if self.stock.holds() {
                            self.keep();
                        }
                        if now >= self.asked_until {
                            self.pause_ms = 0.0;
                            self.pump();
                        }
                    }
                }
            }
            Input::Hidden if away => self.keep(),
            // A request, because its answer comes: the page lives on for now.
            Input::Hidden => {
                self.pump();
                self.keep();
                self.gather(now);
            }
            Input::Ends => self.end(now >= self.asked_until),
            Input::Restored => {
                self.fetched = false;
                self.gather(now);
            }
            Input::Online if away => self.due = now.max(self.asked_until),
            Input::Online => {}
        }
        refused
    }

    /// Makes sure that what waits is sent soon.
    pub(crate) fn gather(&mut self, now: f64) {
        if self.due == f64::INFINITY {
            self.due = self.asked_until.max(now + GATHER_MS);
        }
    }

    /// The payload of an event that reports what was lost, and how many that was; the caller fires it beside an event of its own, and when the
    /// page ends. While the gateway is away the counts wait.
    pub(crate) fn report(&mut self, ends: bool) -> Option<(String, u32)> {
        let total = self.lost.iter().sum();
        if total == 0 || self.pause_ms > 0.0 && !ends {
            return None;
        }
        let mut text = String::new();
        let mut payload = Object::new(&mut text);
        payload.text("event_title", "tracker_dropped");
        for (name, count) in LOSSES.iter().zip(self.lost) {
            if count > 0 {
                payload.number(name, count.into());
            }
        }
        drop(payload);
        self.lost = Lost::default();
        Some((text, total))
    }

    /// Forgets all that waits, here and in the browser: the visitor wants it so.
    pub(crate) fn clear(&mut self) {
        self.fetched = false;
        self.fetch();
        self.queue.clear();
        self.requests.clear();
        self.lost = Lost::default();
        self.pause_ms = 0.0;
        self.due = f64::INFINITY;
        self.keep();
    }

    fn admit(&mut self, text: &str, stands_for: u32) {
        if text.len() > limits::EVENT_BYTES {
            self.way.warn("an event over 64 KiB was dropped");
            self.lost[Loss::TooLarge as usize] += stands_for;
            return;
        }
        stock::push(&mut self.queue, text, stands_for);
        self.bound();
    }

    /// Sends what waits as far as the budget goes; while the gateway is away one batch at a time.
    fn pump(&mut self) {
        while !self.queue.is_empty() && (self.pause_ms == 0.0 || self.requests.is_empty()) {
            let batch = self.batch();
            let outliving = self.requests.iter().filter(|request| request.keepalive);
            let bytes = batch.len() + outliving.map(|request| request.lines.len()).sum::<usize>();
            if bytes > BUDGET_BYTES && !self.requests.is_empty() {
                return self.put_back(batch);
            }
            self.send(batch, bytes <= BUDGET_BYTES);
        }
    }

    fn send(&mut self, lines: String, keepalive: bool) {
        self.sent += 1;
        self.way.send(self.sent, &stock::body(&lines), keepalive);
        self.requests.push(Request {
            number: self.sent,
            lines,
            keepalive,
        });
    }

    /// Beacons have no answer: what they carry is stored as well, and sent once more by the next page.
    fn end(&mut self, may_send: bool) {
        let mut all = String::new();
        let mut left = String::new();
        for request in core::mem::take(&mut self.requests) {
            if request.keepalive {
                left.push_str(&request.lines);
            } else {
                self.put_back(request.lines);
            }
        }
        while may_send && !self.queue.is_empty() {
            let batch = self.batch();
            if !self.way.beacon(&stock::body(&batch)) {
                // The second way; its answer comes too late for this page.
                self.way.send(0, &stock::body(&batch), true);
                left.push_str(&batch);
                break;
            }
            all.push_str(&batch);
        }
        // Beacons arrive where the gateway did: they make room first, then the oldest.
        let mut start = if self.pause_ms > 0.0 { 0 } else { all.len() };
        all.push_str(&left);
        all.push_str(&self.queue);
        self.queue.clear();
        if !self.stock.write(&self.way, &all, 0) {
            let rest = all.split_off(start);
            if !may_send {
                self.queue = rest;
                return self.end(true);
            }
            start = 0;
            loop {
                let (gone, stay) = rest.split_at_checked(start).unwrap_or_default();
                if self.stock.write(&self.way, stay, stock::count(gone)) {
                    break;
                }
                if stay.is_empty() {
                    // Nothing is ever stored here; the page may come back with what it has.
                    self.queue = rest;
                    return;
                }
                start += stock::lines_within(stay, stay.len() / 2);
            }
        }
        self.stock.release();
    }

    /// Takes over what pages that ended, or hide, have stored.
    fn fetch(&mut self) {
        if self.fetched {
            return;
        }
        self.fetched = true;
        let (names, lines, lost) = self.stock.fetch(&self.way, &self.unconfirmed());
        if names.is_empty() {
            return;
        }
        self.lost[Loss::Quota as usize] += lost;
        self.put_back(lines);
        self.bound();
        self.keep();
        self.stock.remove(&self.way, &names);
        if !self.stock.holds() {
            self.keep();
        }
    }

    /// Stores what has no answer yet.
    fn keep(&mut self) {
        let lines = self.unconfirmed();
        self.stock.write(&self.way, &lines, 0);
    }

    fn unconfirmed(&self) -> String {
        let mut lines = String::new();
        for request in &self.requests {
            lines.push_str(&request.lines);
        }
        lines.push_str(&self.queue);
        lines
    }

    fn take(&mut self, number: u32) -> Option<Request> {
        let index = self.requests.iter().position(|request| request.number == number)?;
        Some(self.requests.swap_remove(index))
    }

    /// The oldest events, as many as fit one request.
    fn batch(&mut self) -> String {
        self.oldest(stock::lines_within(&self.queue, BATCH_BYTES))
    }

    fn oldest(&mut self, bytes: usize) -> String {
        let rest = self.queue.split_off(bytes);
        core::mem::replace(&mut self.queue, rest)
    }

    fn put_back(&mut self, mut lines: String) {
        lines.push_str(&self.queue);
        self.queue = lines;
    }

    /// The oldest events go when the page has held too many for too long.
    fn bound(&mut self) {
        while self.queue.len() > self.limit_bytes {
            let gone = self.oldest(stock::lines_within(&self.queue, self.queue.len() - self.limit_bytes));
            self.lose(Loss::Overflow, &gone);
            if !self.warned {
                self.warned = true;
                self.way
                    .warn("the gateway has been away for long; the oldest events are dropped");
            }
        }
    }

    /// Every client waits differently long, so that not all come back at once.
    fn pause(&mut self, at_least_ms: f64, now: f64) {
        let share = f64::from(self.way.random()) / 4_294_967_296.0;
        self.pause_ms = (self.pause_ms * 2.0).clamp(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
        let pause_ms = if at_least_ms > 0.0 {
            self.asked_until = now + at_least_ms;
            at_least_ms * (1.0 + share / 4.0)
        } else {
            self.pause_ms * (1.0 + share) / 2.0
        };
        self.due = self.asked_until.max(now + pause_ms);
    }

    fn lose(&mut self, loss: Loss, lines: &str) {
        self.lost[loss as usize] += stock::count(lines);
    }
}

/// What the gateway's status asks of the client.
#[derive(Debug, PartialEq)]
enum Answer {
    Confirmed,
    /// When the client sees fit, and not earlier than after so many milliseconds.
    Again(f64),
    Refused,
}

/// Too early, too many and every fault of the server pass; another refusal would be the same the next time.
fn answer(status: u32, retry_after: f64) -> Answer {
    match status {
        200..=299 => Answer::Confirmed,
        0 | 408 | 425 | 429 | 500..=599 => Answer::Again((retry_after * 1_000.0).clamp(0.0, LONGEST_RETRY_AFTER_MS)),
        _ => Answer::Refused,
    }
}
