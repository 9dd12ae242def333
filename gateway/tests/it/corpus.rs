//! Every body of `event/corpus` through the door: its verdict as status and receipt.

use std::path::Path;

use axum::body::Body;
use axum::http::Request;
use event::Timestamp;
use serde_json::{Value, json};

use crate::support::{Answer, TestGateway};

/// What the corpus was written for.
const RECEIVED_AT: Timestamp = Timestamp(1_795_341_605_000);
const KEY: &str = "0123456789abcdef";
const SITES: &str = r#"
[[site]]
name = "shop"
base_url = "https://shop.example/"
origins = ["*"]
max_age_days = 30
[[site]]
name = "blog"
base_url = "https://blog.example/en/posts/?draft=1"
origins = ["*"]
[[site]]
name = "keyed"
base_url = "https://keyed.example/"
origins = ["*"]
keys = ["corpus-key-of-keyed"]
"#;

struct Case {
    name: String,
    body: Vec<u8>,
    expected: Value,
}

fn cases() -> Vec<Case> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../event/corpus");
    let mut cases = Vec::new();
    for folder in ["accepted", "refused"] {
        for entry in std::fs::read_dir(corpus.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let Some(name) = name.strip_suffix(".expected.json") else {
                continue;
            };
            // Bodies too big for a file have only their verdict here; `limits` sends such bodies.
            let Ok(body) = std::fs::read(path.with_file_name(format!("{name}.json"))) else {
                continue;
            };
            let expected = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            cases.push(Case {
                name: format!("{folder}/{name}"),
                body,
                expected,
            });
        }
    }
    assert!(cases.len() > 30, "the corpus is gone: {} cases", cases.len());
    cases
}

async fn send(case: &Case, gateway: &TestGateway) -> Answer {
    let sender = case.name.split(['/', '_']).nth(1);
    let path = match sender {
        Some("homeless") => "/events",
        Some("ageless") => "/events?site=blog",
        _ => "/events?site=shop",
    };
    let mut request = Request::post(path).header("content-type", "application/json");
    if sender == Some("trusted") {
        request = request.header("authorization", format!("Bearer {KEY}"));
    }
    gateway.call(request.body(Body::from(case.body.clone())).unwrap()).await
}

/// The status that the docs promise for a verdict.
fn status(expected: &Value) -> u16 {
    match expected["body_error"].as_str() {
        Some("body_too_large" | "too_many_events") => return 413,
        Some(_) => return 400,
        None => {}
    }
    let events = expected.as_array().unwrap();
    let code = |event: &Value| event["refused"]["code"].as_str().map(str::to_owned);
    if events.iter().any(|event| event.get("accepted").is_some()) {
        202
    } else if events
        .iter()
        .all(|event| code(event).as_deref() == Some("unknown_site"))
    {
        403
    } else {
        422
    }
}

/// The corpus makes ids by counting from here, the gateway by clock and chance: both become `made`.
const MADE: &str = "0197a1c0-0000-7000-8000-";

fn made(expected: &Value) -> Value {
    if expected.as_str().unwrap().starts_with(MADE) {
        json!("made")
    } else {
        expected.clone()
    }
}

fn mark(accepted: &Value, case: &Case) -> Value {
    let sent = String::from_utf8_lossy(&case.body).to_lowercase();
    let id = accepted.as_str().unwrap();
    let is_new = id.as_bytes()[14] == b'7' && !sent.contains(id) && !sent.contains(&id.replace('-', ""));
    if is_new { json!("made") } else { accepted.clone() }
}

#[tokio::test]
async fn answers_each_body_as_documented() {
    let key = format!("--trusted-key={KEY}");
    let gateway = TestGateway::of(SITES, || RECEIVED_AT, &[&key], |publisher| publisher).await;
    for case in cases() {
        let answer = send(&case, &gateway).await;
        let name = &case.name;
        assert_eq!(answer.status, status(&case.expected), "{name}: {}", answer.text());
        let answer = answer.json();
        let Some(events) = case.expected.as_array() else {
            assert_eq!(answer["error"]["code"], case.expected["body_error"], "{name}");
            continue;
        };
        let expected = events.iter().filter_map(|event| event.get("accepted"));
        let expected: Vec<Value> = expected.map(|event| made(&event["id"])).collect();
        let accepted: Vec<Value> = answer["accepted"]
            .as_array()
            .unwrap()
            .iter()
            .map(|id| mark(id, &case))
            .collect();
        assert_eq!(accepted, expected, "{name}");
        let refused: Vec<Value> = events
            .iter()
            .filter_map(|event| event.get("refused"))
            .map(|refused| json!([refused["index"], refused["id"], refused["field"], refused["code"]]))
            .collect();
        let rejected = answer["rejected"].as_array().unwrap().iter();
        let rejected: Vec<Value> = rejected
            .map(|refused| json!([refused["index"], refused["id"], refused["field"], refused["reason"]]))
            .collect();
        assert_eq!(rejected, refused, "{name}");
    }
}

#[tokio::test]
async fn believes_addresses_only_with_the_key() {
    let key = format!("--trusted-key={KEY}");
    let mut gateway = TestGateway::with(&[&key]).await;
    let mut event = crate::support::click(1);
    event["ip"] = json!("198.51.100.77");
    for (authorization, ip) in [(None, "203.0.113.0"), (Some(format!("Bearer {KEY}")), "198.51.100.0")] {
        let mut request = crate::support::json_request("/events", event.to_string());
        if let Some(authorization) = authorization {
            request
                .headers_mut()
                .insert("authorization", authorization.parse().unwrap());
        }
        assert_eq!(gateway.call(request).await.status, 202);
        assert_eq!(gateway.next_group().await[0].ip.unwrap().to_string(), ip);
    }
    for wrong in [
        "Bearer 0123456789abcdeF",
        "Bearer 0123456789abcde",
        "Basic 0123456789abcdef",
    ] {
        let mut request = crate::support::json_request("/events", event.to_string());
        request.headers_mut().insert("authorization", wrong.parse().unwrap());
        let answer = gateway.call(request).await;
        answer.assert_error(401, "wrong_key");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
}
