//! The way of events out of the page: batches, retries, and what happens when the page ends.
//!
//! Every event is in one place: waiting, on its way, stored for another page, confirmed, or lost and counted. Each of the calls from
//! [`Outbox::fired`] to [`Outbox::clear`] moves some. An event may be sent twice, under one id; it is never forgotten before the gateway has answered for it.

#[cfg(test)]
mod tests;

use event::limits;

/// A person sees their own click on the dashboard within two seconds.
const GATHER_MS: f64 = 400.0;
/// While the visitor is busy, larger batches: they compress better.
const BUSY_GATHER_MS: f64 = 1_000.0;
/// Busy: the last batch left less than this ago.
const BUSY_MS: f64 = 2_000.0;
const BATCH_EVENTS: usize = 20;
const BATCH_BYTES: u32 = 30_000;
/// Browsers let a page's beacons and keepalive requests carry 64 KiB at a time.
const BUDGET_BYTES: u32 = 60_000;
/// What a page holds while the gateway is away. Browsers store about five million characters for an origin; its pages need some too.
const QUEUE_BYTES: u32 = 1024 * 1024;
/// And so many events, on their way too.
const ROOM: usize = 4_096;
const FIRST_PAUSE_MS: f64 = 1_000.0;
const LONGEST_PAUSE_MS: f64 = 60_000.0;
const LONGEST_RETRY_AFTER_MS: f64 = 3_600_000.0;

/// What the outbox has others do. Who does it has the events' texts, by number; what is packed goes with the next request, beacon or storing.
pub(crate) trait Way {
    /// Bytes of the event in a batch; 0 when there is none of this number.
    fn bytes(&self, event: u32) -> u32;
    /// How many events it stands for: more than one where it reports the lost.
    fn weight(&self, event: u32) -> u32;
    fn pack(&self, event: u32);
    /// Posts what is packed; [`Outbox::answered`] follows. [`OUTLIVES`] in its number means that it outlives its page.
    fn send(&self, request: u32);
    /// Hands what is packed to the browser for the time after the page; where it takes no more, sends it and tells so by false.
    fn beacon(&self) -> bool;
    /// Stores what is packed, and how many events were lost for want of room, in place of what this page has stored and of what was found.
    /// Tells whether there was room.
    fn store(&self, lost: u32) -> bool;
    /// What this page has stored belongs to whoever finds it.
    fn release(&self);
    /// Gives the next numbers to what other pages have stored, and tells how many events those have lost; nothing when nothing is stored.
    fn find(&self) -> Option<u32>;
    /// The event's text is of no use any more.
    fn forget(&self, event: u32);
    /// At least 0 and below 1.
    fn random(&self) -> f64;
    /// The person who put the tracker on the page should know that events were dropped.
    fn overflows(&self);
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
pub(crate) type Lost = [u32; 4];

#[derive(Clone, Copy)]
struct Event {
    number: u32,
    bytes: u32,
    /// Which request it is on its way with, or one of the three below.
    request: u32,
}

const WAITS: u32 = 0;
/// In a request's number: it outlives its page, and counts against the browser's budget for such.
const OUTLIVES: u32 = 1;
const BEACON: u32 = u32::MAX - 1;
const GONE: u32 = u32::MAX - 3;

pub(crate) struct Outbox<W> {
    way: W,
    /// The first of them are there, the older ones before.
    events: [Event; ROOM],
    count: usize,
    /// The highest number of an event.
    known: u32,
    limit_bytes: u32,
    /// The last request's number, an even one.
    sent: u32,
    /// When to send what waits; times are milliseconds that never run backwards.
    pub(crate) due: f64,
    busy_until: f64,
    /// The pause after the last failure; 0 while the gateway answers.
    pause_ms: f64,
    /// Not before this, because the gateway said so.
    asked_until: f64,
    /// This page has stored something.
    stores: bool,
    /// Whether what earlier pages left was found.
    found: bool,
    lost: Lost,
}

impl<W: Way> Outbox<W> {
    pub(crate) const fn new(way: W) -> Self {
        const NONE: Event = Event {
            number: 0,
            bytes: 0,
            request: 0,
        };
        Self {
            way,
            events: [NONE; ROOM],
            count: 0,
            known: 0,
            limit_bytes: QUEUE_BYTES,
            sent: 0,
            due: f64::INFINITY,
            busy_until: 0.0,
            pause_ms: 0.0,
            asked_until: 0.0,
            stores: false,
            found: false,
            lost: [0; 4],
        }
    }

    /// There is an event: its number is one more than that of the one before.
    pub(crate) fn fired(&mut self, event: u32, now: f64) {
        self.admit(event);
        let (events, bytes) = self.waiting();
        if self.pause_ms == 0.0 && (bytes >= BATCH_BYTES || events >= BATCH_EVENTS) {
            self.pump();
        }
        self.gather(now);
    }

    /// The time [`Self::due`] has come.
    pub(crate) fn due(&mut self, now: f64) {
        self.due = f64::INFINITY;
        self.busy_until = now + BUSY_MS;
        // Not at once: the page before may still be writing.
        self.find();
        self.pump();
    }

    /// A request ended with a status, 0 when it failed on the way, and `Retry-After` in seconds, NaN for none. Tells whether the gateway refused
    /// events for good.
    pub(crate) fn answered(&mut self, request: u32, status: u32, retry_after: f64, now: f64) -> bool {
        if !self.is_on_its_way(request) {
            return false;
        }
        let answer = answer(status, retry_after);
        let refused = answer == Answer::Refused;
        if let Answer::Again(at_least_ms) = answer {
            self.turn(request, WAITS);
            self.bound();
            self.pause(at_least_ms, now);
            self.keep();
        } else {
            self.take_out(request, refused.then_some(Loss::Refused));
            if self.stores {
                self.keep();
            }
            if now >= self.asked_until {
                self.pause_ms = 0.0;
                self.pump();
            }
        }
        refused
    }

    /// The page goes out of sight. What waits goes by a request, because its answer comes: the page lives on for now.
    pub(crate) fn hidden(&mut self, now: f64) {
        if self.pause_ms == 0.0 {
            self.pump();
            self.gather(now);
        }
        self.keep();
    }

    /// The page ends, or sleeps in the browser's cache.
    pub(crate) fn ends(&mut self, now: f64) {
        self.end(now >= self.asked_until);
    }

    /// It woke up there.
    pub(crate) fn restored(&mut self, now: f64) {
        self.found = false;
        self.gather(now);
    }

    /// The network is back.
    pub(crate) fn online(&mut self, now: f64) {
        if self.pause_ms > 0.0 {
            self.due = now.max(self.asked_until);
        }
    }

    /// Makes sure that what waits is sent soon.
    pub(crate) fn gather(&mut self, now: f64) {
        if self.due == f64::INFINITY {
            let busy = now < self.busy_until;
            let gather_ms = if busy { BUSY_GATHER_MS } else { GATHER_MS };
            self.due = self.asked_until.max(now + gather_ms);
        }
    }

    /// What was lost; the caller fires an event that tells it, beside an event of its own, and when the page ends. While the gateway is away
    /// the counts wait.
    pub(crate) fn report(&mut self, ends: bool) -> Option<Lost> {
        if self.lost.iter().sum::<u32>() == 0 || self.pause_ms > 0.0 && !ends {
            return None;
        }
        Some(core::mem::take(&mut self.lost))
    }

    /// Forgets all that waits, here and in the browser: the visitor wants it so.
    pub(crate) fn clear(&mut self) {
        self.found = false;
        self.find();
        self.forget();
        self.lost = Lost::default();
        self.pause_ms = 0.0;
        self.due = f64::INFINITY;
        self.keep();
    }

    fn admit(&mut self, number: u32) {
        self.known = number;
        let bytes = self.way.bytes(number);
        if bytes as usize > limits::EVENT_BYTES {
            return self.lose(Loss::TooLarge, number);
        }
        if self.count == ROOM {
            return self.lose(Loss::Overflow, number);
        }
        self.events[self.count] = Event {
            number,
            bytes,
            request: WAITS,
        };
        self.count += 1;
        self.bound();
    }

    /// Sends what waits as far as the budget goes; while the gateway is away one batch at a time.
    fn pump(&mut self) {
        loop {
            let batch_bytes = self.batch_bytes();
            let (mut flies, mut bytes) = (false, batch_bytes);
            for event in self.events() {
                flies |= event.request > WAITS;
                bytes += event.bytes * (event.request & OUTLIVES);
            }
            if batch_bytes == 0 || flies && (self.pause_ms > 0.0 || bytes > BUDGET_BYTES) {
                return;
            }
            self.sent += 2;
            let request = self.sent | u32::from(bytes <= BUDGET_BYTES);
            self.pack(request, batch_bytes);
            self.way.send(request);
        }
    }

    /// Beacons have no answer: what they carry is stored as well, and sent once more by the next page.
    fn end(&mut self, may_send: bool) {
        let count = self.count;
        for event in &mut self.events[..count] {
            // Only what outlives the page needs no beacon.
            if event.request & OUTLIVES == 0 {
                event.request = WAITS;
            }
        }
        if may_send {
            self.beacon();
        }
        if !self.store_from(0) {
            // Beacons arrive where the gateway did: they make room first, then the oldest.
            if self.pause_ms == 0.0 {
                self.take_out(BEACON, None);
            }
            if !may_send {
                let count = self.count;
                for event in &mut self.events[..count] {
                    event.request = WAITS;
                }
                return self.end(true);
            }
            let mut start = 0;
            while !self.store_from(start) {
                if start == self.count {
                    // Nothing is ever stored here; the page may come back with what it has.
                    for event in &mut self.events[..start] {
                        event.request = WAITS;
                    }
                    return;
                }
                start += (self.count - start).div_ceil(2);
            }
        }
        self.forget();
        self.stores = false;
        self.way.release();
    }

    fn beacon(&mut self) {
        loop {
            let batch_bytes = self.batch_bytes();
            if batch_bytes == 0 {
                return;
            }
            self.pack(BEACON, batch_bytes);
            if !self.way.beacon() {
                // Its answer comes too late for this page.
                return self.turn(BEACON, GONE | OUTLIVES);
            }
        }
    }

    /// Takes over what pages that ended, or hide, have stored.
    fn find(&mut self) {
        if self.found {
            return;
        }
        self.found = true;
        let Some(lost) = self.way.find() else { return };
        self.lost[Loss::Quota as usize] += lost;
        while self.way.bytes(self.known + 1) > 0 {
            self.admit(self.known + 1);
        }
        self.keep();
    }

    /// Stores what has no answer yet.
    fn keep(&mut self) {
        self.stores = self.store_from(0) && self.count > 0;
    }

    /// The events before `start` count as lost.
    fn store_from(&self, start: usize) -> bool {
        let (lost, stay) = self.events().split_at(start);
        for event in stay {
            self.way.pack(event.number);
        }
        self.way
            .store(lost.iter().map(|event| self.way.weight(event.number)).sum())
    }

    fn events(&self) -> &[Event] {
        &self.events[..self.count]
    }

    fn is_on_its_way(&self, request: u32) -> bool {
        self.events().iter().any(|event| event.request == request)
    }

    /// How many events, and how many bytes.
    fn waiting(&self) -> (usize, u32) {
        let waiting = self.events().iter().filter(|event| event.request == WAITS);
        waiting.fold((0, 0), |(events, bytes), event| (events + 1, bytes + event.bytes))
    }

    /// Of the oldest events that wait, as many as fit one request, and one at least; 0 when none waits.
    fn batch_bytes(&self) -> u32 {
        let mut bytes = 0;
        for event in self.events().iter().filter(|event| event.request == WAITS) {
            if bytes > 0 && bytes + event.bytes > BATCH_BYTES {
                break;
            }
            bytes += event.bytes;
        }
        bytes
    }

    /// Packs the oldest of so many bytes in all.
    fn pack(&mut self, request: u32, mut bytes: u32) {
        for event in &mut self.events[..self.count] {
            if event.request == WAITS && bytes > 0 {
                bytes -= event.bytes;
                event.request = request;
                self.way.pack(event.number);
            }
        }
    }

    fn turn(&mut self, from: u32, to: u32) {
        for event in &mut self.events[..self.count] {
            if event.request == from {
                event.request = to;
            }
        }
    }

    fn take_out(&mut self, request: u32, loss: Option<Loss>) {
        let mut kept = 0;
        for at in 0..self.count {
            let event = self.events[at];
            if event.request != request {
                self.events[kept] = event;
                kept += 1;
            } else if let Some(loss) = loss {
                self.lose(loss, event.number);
            } else {
                self.way.forget(event.number);
            }
        }
        self.count = kept;
    }

    fn forget(&mut self) {
        for event in self.events() {
            self.way.forget(event.number);
        }
        self.count = 0;
    }

    /// The oldest events go when the page has held too many for too long.
    fn bound(&mut self) {
        let (_, mut bytes) = self.waiting();
        let mut full = self.count == ROOM;
        for event in &mut self.events[..self.count] {
            if event.request == WAITS && (full || bytes > self.limit_bytes) {
                full = false;
                bytes -= event.bytes;
                event.request = GONE;
            }
        }
        if self.is_on_its_way(GONE) {
            self.take_out(GONE, Some(Loss::Overflow));
        }
    }

    /// Every client waits differently long, so that not all come back at once.
    fn pause(&mut self, at_least_ms: f64, now: f64) {
        let share = self.way.random();
        self.pause_ms = (self.pause_ms * 2.0).clamp(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
        let pause_ms = if at_least_ms > 0.0 {
            self.asked_until = now + at_least_ms;
            at_least_ms * (1.0 + share / 4.0)
        } else {
            self.pause_ms * (1.0 + share) / 2.0
        };
        self.due = self.asked_until.max(now + pause_ms);
    }

    fn lose(&mut self, loss: Loss, event: u32) {
        if !matches!(loss, Loss::Refused) {
            self.way.overflows();
        }
        self.lost[loss as usize] += self.way.weight(event);
        self.way.forget(event);
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
