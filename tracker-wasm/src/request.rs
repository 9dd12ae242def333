//! One batch on its way to the gateway.

use event::json::Array;
use js_sys::{Date, Reflect};
use wasm_bindgen::prelude::{Closure, JsValue};
use wasm_bindgen::{JsCast, UnwrapThrowExt};
use web_sys::{RequestInit, Response};

use crate::browser::Browser;
use crate::text::push_integer;
use crate::tracker::with;

/// What the gateway's status asks of the client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Confirmed,
    /// After so many milliseconds, or when the client sees fit.
    Again(Option<u32>),
    Refused,
}

/// A request under way, and the callbacks that end it.
pub(crate) struct Request {
    pub(crate) number: u32,
    pub(crate) events: Vec<String>,
    /// Bytes that count against the browser's budget for requests that outlive their page.
    pub(crate) bytes: usize,
    _answered: Closure<dyn FnMut(JsValue)>,
    _failed: Closure<dyn FnMut(JsValue)>,
}

impl Request {
    pub(crate) fn send(browser: &Browser, endpoint: &str, number: u32, events: Vec<String>, keepalive: bool) -> Self {
        let body = body(&events);
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_body(&JsValue::from_str(&body));
        Reflect::set(&init, &JsValue::from_str("keepalive"), &JsValue::from_bool(keepalive)).unwrap_throw();
        let answered = Closure::new(move |response: JsValue| {
            with(|tracker| tracker.answered(number, response.unchecked_ref()));
        });
        let failed = Closure::new(move |_| with(|tracker| tracker.failed(number)));
        let promise = browser.window.fetch_with_str_and_init(&address(endpoint), &init);
        // The callbacks end the request; the promise that `then` makes tells nothing more.
        drop(promise.then2(&answered, &failed));
        Self {
            number,
            events,
            bytes: if keepalive { body.len() } else { 0 },
            _answered: answered,
            _failed: failed,
        }
    }
}

/// Hands a batch to the browser to send when the page may end; false when it is over the browser's budget.
pub(crate) fn beacon(browser: &Browser, endpoint: &str, events: &[String]) -> bool {
    let sent = browser
        .window
        .navigator()
        .send_beacon_with_opt_str(&address(endpoint), Some(&body(events)));
    sent.unwrap_or(false)
}

/// Reads a response's status and `Retry-After` (seconds).
pub(crate) fn answer(response: &Response) -> Answer {
    let seconds = response.headers().get("Retry-After").ok().flatten();
    decide(response.status(), seconds.as_deref())
}

/// Too early, too many and every fault of the server pass; another refusal would be the same the next time.
fn decide(status: u16, retry_after: Option<&str>) -> Answer {
    match status {
        200..=299 => Answer::Confirmed,
        408 | 425 | 429 | 500..=599 => Answer::Again(retry_after.and_then(seconds)),
        _ => Answer::Refused,
    }
}

/// At most an hour, in milliseconds; a date is not read.
fn seconds(text: &str) -> Option<u32> {
    let number = text.trim().bytes().try_fold(0_u32, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| (number * 10 + u32::from(digit - b'0')).min(3_600))
    });
    number.filter(|_| !text.is_empty()).map(|seconds| seconds * 1_000)
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

fn address(endpoint: &str) -> String {
    let mut address = [endpoint, "&sent_at="].concat();
    push_integer(&mut address, Date::now() as u64);
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_only_what_may_pass() {
        assert_eq!(decide(202, None), Answer::Confirmed);
        assert_eq!(decide(503, Some("7")), Answer::Again(Some(7_000)));
        assert_eq!(decide(429, Some("99999999999")), Answer::Again(Some(3_600_000)));
        assert_eq!(decide(502, Some("Sun, 22 Nov 2026 10:00:00 GMT")), Answer::Again(None));
        assert_eq!(decide(503, Some("")), Answer::Again(None));
        assert_eq!(decide(400, Some("7")), Answer::Refused);
        assert_eq!(decide(403, None), Answer::Refused);
    }
}
