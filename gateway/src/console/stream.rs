use std::collections::VecDeque;
use std::time::Duration;

use axum::extract::{self, RawQuery};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::error::ConsoleError;
use super::filter::{self, Filter};
use super::reader::Reader;
use super::seen::each;
use crate::State;
use crate::event_stream;

/// Between two messages: a person reads no faster, and what comes meanwhile travels together.
const TICK: Duration = Duration::from_millis(100);
/// Looked at in one tick.
const EXAMINED: usize = 2_000;
/// Shown in one tick.
const SHOWN: usize = 50;
/// Shown of what was there before: what a page has room for.
const SHOWN_BEFORE: usize = 300;
/// After it a sign of life: proxies and pages give up a connection that says nothing for long.
const SILENCE: Duration = Duration::from_secs(5);

/// `GET /console/events?site=&type=&title=&verdict=&session=&text=&since=`: server-sent events, first `open` with the number of the first
/// event that is not looked back at, then `arrivals`: the last of what came before it, and then each with the events of a tick and how many that came since were not shown.
pub(crate) async fn get(
    extract::State(state): extract::State<State>,
    method: Method,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ConsoleError> {
    let (console, caller) = super::may_watch(&state, &method, &headers)?;
    let query = Filter::query(query.as_deref().unwrap_or(""))?;
    let filter = Filter::read(&query, &caller)?;
    filter::own_site(&filter, &caller)?;
    let now = (state.clock)();
    let since = filter::since(&query, now)?;
    let reader = console.read_since(since).ok_or(ConsoleError::TooMany)?;
    let watcher = Watcher {
        reader,
        filter,
        next: Instant::now(),
        hello: true,
        before: Some(VecDeque::new()),
    };
    let messages = stream::unfold(watcher, async |mut watcher| {
        let message = watcher.message().await?;
        Some((message, watcher))
    });
    Ok(event_stream::respond(messages))
}

struct Watcher {
    reader: Reader,
    filter: Filter,
    /// When the next message may leave.
    next: Instant,
    hello: bool,
    /// What is found of the time before, until it is sent.
    before: Option<VecDeque<Value>>,
}

impl Watcher {
    /// `None` when the server stops.
    async fn message(&mut self) -> Option<String> {
        if std::mem::take(&mut self.hello) {
            // Tells the page at once that it is connected.
            let data = json!({"first": self.reader.came()});
            return Some(format!("event: open\ndata: {data}\n\n"));
        }
        let silence = Instant::now() + SILENCE;
        loop {
            sleep_until(self.next).await;
            self.next = Instant::now() + TICK;
            if self.before.is_some() && !self.look_back() {
                continue;
            }
            let (events, missed) = match self.before.take() {
                Some(before) => (before.into(), 0),
                None => self.tick(),
            };
            if !events.is_empty() || missed > 0 {
                let data = json!({"events": events, "missed": missed});
                return Some(format!("event: arrivals\ndata: {data}\n\n"));
            }
            match timeout_at(silence, self.reader.wait()).await {
                Ok(true) => {}
                Ok(false) => return None,
                Err(_) => return Some(": nothing new\n\n".to_owned()),
            }
        }
    }

    /// One tick of looking back, from the last event to the first: who comes wants the newest, and not all that came before them first. True
    /// at its end.
    fn look_back(&mut self) -> bool {
        let Some(before) = &mut self.before else { return true };
        let mut examined = 0;
        while examined < EXAMINED && before.len() < SHOWN_BEFORE {
            let Some(arrival) = self.reader.previous() else {
                self.reader.skip_to_now();
                return true;
            };
            let mut passed = Vec::new();
            each(&arrival, |seen| {
                examined += 1;
                if self.filter.passes(&seen) {
                    passed.push(seen);
                }
            });
            let room = SHOWN_BEFORE - before.len();
            for seen in passed.iter().rev().take(room) {
                before.push_front(seen.json());
            }
        }
        let is_full = before.len() == SHOWN_BEFORE;
        if is_full {
            self.reader.skip_to_now();
        }
        is_full
    }

    fn tick(&mut self) -> (Vec<Value>, u64) {
        let mut events = VecDeque::new();
        let (mut examined, mut unshown) = (0, 0);
        // What is left stays in the ring for the next tick, as long as it has room.
        while examined < EXAMINED
            && let Some(arrival) = self.reader.next()
        {
            each(&arrival, |seen| {
                examined += 1;
                if !self.filter.passes(&seen) {
                    return;
                }
                // Of too many the last ones: what is shown is to be what comes now.
                if events.len() == SHOWN {
                    events.pop_front();
                    unshown += 1;
                }
                events.push_back(seen.json());
            });
        }
        (events.into(), self.reader.take_missed_since() + unshown)
    }
}
