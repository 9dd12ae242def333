//! Who is there now, pushed.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use gateway::Scope;
use serde_json::{Value, json};

use crate::reports::Stage;
use crate::support::{TestGateway, click};

struct Watched(BodyDataStream);

impl Watched {
    async fn open(stage: &Stage, key: &str, path: &str) -> Self {
        let request = stage.request("GET", key, path).body(Body::empty()).unwrap();
        let response = stage.gateway.response(request).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self(response.into_body().into_data_stream())
    }

    async fn next(&mut self) -> Value {
        let message = tokio::time::timeout(Duration::from_secs(10), self.0.next()).await;
        let message = message.unwrap().unwrap().unwrap();
        let text = std::str::from_utf8(&message).unwrap();
        let data = text.strip_prefix("event: now\ndata: ").unwrap();
        serde_json::from_str(data).unwrap()
    }

    async fn until(&mut self, fact: &str, holds: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..10 {
            let message = self.next().await;
            if holds(&message) {
                return message;
            }
        }
        panic!("{fact}: not within ten messages");
    }
}

#[tokio::test]
async fn tells_watchers_of_what_arrives() {
    let mut stage = Stage::open(&[]).await;
    let mut watched = Watched::open(&stage, "", "/live/stream?site=shop").await;
    let mut other = Watched::open(&stage, "", "/live/stream/?site=strict&bots=1").await;
    let first = watched.next().await;
    assert_eq!((&first["accepted"], &first["seen"]["sessions"]), (&json!(0), &json!(0)));
    stage.store(&[click(1), click(2)]).await;
    let seen = watched
        .until("the clicks", |message| message["seen"]["clicks"] == 2)
        .await;
    assert_eq!((&seen["accepted"], &seen["seen"]["sessions"]), (&json!(2), &json!(1)));
    let minutes = seen["seen"]["minutes"].as_array().unwrap();
    assert!(minutes.len() >= 30, "{seen}");
    assert_eq!(minutes.iter().map(|events| events.as_u64().unwrap()).sum::<u64>(), 2);
    let elsewhere = other.until("the answer", |message| !message["seen"].is_null()).await;
    assert_eq!(
        (&elsewhere["accepted"], &elsewhere["seen"]["clicks"]),
        (&json!(0), &json!(0))
    );
}

#[tokio::test]
async fn counts_go_on_without_the_database() {
    let gateway = TestGateway::start().await;
    let request = axum::http::Request::get("/live/stream").body(Body::empty()).unwrap();
    let mut watched = Watched(gateway.response(request).await.into_body().into_data_stream());
    assert_eq!(watched.next().await["seen"], Value::Null);
    gateway.post("/events", &json!([click(1)])).await;
    watched.until("the event", |message| message["accepted"] == 1).await;
}

#[tokio::test]
async fn is_for_readers_of_the_site() {
    let keys: [(&str, &[Scope], &[&str]); 2] = [
        ("strict", &[Scope::Read], &["strict"]),
        ("ingest", &[Scope::Ingest], &[]),
    ];
    let stage = Stage::with(&keys, &["--rate-reads-per-second=4"]).await;
    Watched::open(&stage, "strict", "/live/stream").await.next().await;
    for (key, path, status, code) in [
        ("", "/live/stream", 401, "key_required"),
        ("ingest", "/live/stream", 403, "scope_missing"),
        ("strict", "/live/stream?site=shop", 403, "key_not_allowed"),
        ("strict", "/live/stream?country=DE", 400, "invalid_parameter"),
    ] {
        stage.get(key, path).await.assert_error(status, code);
    }
    for _ in 0..4 {
        stage.get("", "/live/stream").await;
    }
    stage
        .get("strict", "/live/stream")
        .await
        .assert_error(429, "rate_limited");
}
