#![expect(clippy::unwrap_used, reason = "the stand-in gateway fails the test that runs it")]

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use client::ClientError;
use event::Timestamp;
use generator::{GenerateError, Scenario, Settings, Summary, run};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// A gateway that gives the answers it was told to, then receipts, and keeps what it was sent.
#[derive(Clone, Default)]
struct Gateway {
    answers: Arc<Mutex<VecDeque<StatusCode>>>,
    received: Arc<Mutex<Vec<(String, String)>>>,
    keys: Arc<Mutex<Vec<String>>>,
    /// No answer while somebody has it.
    held: Arc<tokio::sync::Mutex<()>>,
}

impl Gateway {
    /// With the address it listens on.
    async fn start(answers: &[StatusCode]) -> (Self, String) {
        let gateway = Self::default();
        gateway.answers.lock().unwrap().extend(answers);
        let router = Router::new().route("/events", post(events)).with_state(gateway.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (gateway, address)
    }

    fn received(&self) -> Vec<(String, String)> {
        self.received.lock().unwrap().clone()
    }
}

async fn events(
    State(gateway): State<Gateway>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: String,
) -> Response {
    if let Some(key) = headers.get(header::AUTHORIZATION) {
        gateway.keys.lock().unwrap().push(key.to_str().unwrap().to_owned());
    }
    let ids = serde_json::from_str::<Vec<Value>>(&body).unwrap();
    let ids = ids.iter().map(|event| event["id"].clone()).collect::<Vec<_>>();
    gateway.received.lock().unwrap().push((query.unwrap(), body));
    drop(gateway.held.lock().await);
    let answer = gateway.answers.lock().unwrap().pop_front();
    match answer {
        None => (
            StatusCode::ACCEPTED,
            json!({ "accepted": ids, "rejected": [] }).to_string(),
        )
            .into_response(),
        Some(StatusCode::UNPROCESSABLE_ENTITY) => {
            let refusal =
                |(index, id)| json!({ "index": index, "id": id, "field": "", "reason": "future", "message": "" });
            let rejected = ids.iter().enumerate().map(refusal).collect::<Vec<_>>();
            let receipt = json!({ "accepted": [], "rejected": rejected }).to_string();
            (StatusCode::UNPROCESSABLE_ENTITY, receipt).into_response()
        }
        Some(status) => (status, [(header::RETRY_AFTER, "0")], "no").into_response(),
    }
}

fn settings(gateway_url: String) -> Settings {
    Settings {
        gateway: client::Settings {
            gateway_url,
            trusted_key: None,
            patience: Duration::from_secs(5),
        },
        site: "shop & more".to_owned(),
        count: 25,
        batch: 10,
        connections: 1,
        ..crate::settings()
    }
}

async fn generate(settings: Settings) -> Result<Summary, GenerateError> {
    run(settings, Timestamp(1_795_341_600_000), CancellationToken::new()).await
}

#[tokio::test]
async fn sends_batches_up_to_count() {
    let (gateway, url) = Gateway::start(&[]).await;
    let summary = generate(settings(url)).await.unwrap();
    assert_eq!((summary.sent, summary.accepted, summary.rejected), (25, 25, 0));
    assert_eq!((summary.requests(), summary.retries), (3, 0));
    let received = gateway.received();
    assert!(
        received[0]
            .0
            .starts_with("site=shop+%26+more&source=generator&sent_at=17953416"),
        "{}",
        received[0].0
    );
    let again = Gateway::start(&[]).await;
    generate(settings(again.1)).await.unwrap();
    let bodies = |received: Vec<(String, String)>| received.into_iter().map(|(_, body)| body).collect::<Vec<_>>();
    assert_eq!(
        bodies(received),
        bodies(again.0.received()),
        "the same seed sends the same bytes"
    );
}

#[tokio::test]
async fn repeats_same_batch_after_busy_answers() {
    let (gateway, url) = Gateway::start(&[StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS]).await;
    let summary = generate(settings(url)).await.unwrap();
    assert_eq!((summary.sent, summary.accepted, summary.retries), (25, 25, 2));
    let received = gateway.received();
    assert_eq!(received.len(), 5);
    assert!(
        received[0].1 == received[1].1 && received[1].1 == received[2].1,
        "the same ids each time"
    );
}

/// A gateway that holds back its answers gets as many requests as there are connections, and no more.
#[tokio::test]
async fn requests_in_flight_are_bounded() {
    let (gateway, url) = Gateway::start(&[]).await;
    let held = gateway.held.clone().lock_owned().await;
    let mut settings = settings(url);
    (settings.count, settings.connections) = (200, 4);
    let running = tokio::spawn(generate(settings));
    let four_requests = async {
        while gateway.received().len() < 4 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), four_requests)
        .await
        .unwrap();
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(gateway.received().len(), 4);
    drop(held);
    let summary = running.await.unwrap().unwrap();
    assert_eq!((summary.accepted, summary.requests()), (200, 20));
}

#[tokio::test]
async fn counts_rejected_events() {
    let (_gateway, url) = Gateway::start(&[StatusCode::UNPROCESSABLE_ENTITY]).await;
    let summary = generate(settings(url)).await.unwrap();
    assert_eq!((summary.sent, summary.accepted, summary.rejected), (25, 15, 10));
}

#[tokio::test]
async fn refused_batch_ends_the_run() {
    let (_gateway, url) = Gateway::start(&[StatusCode::FORBIDDEN]).await;
    let error = generate(settings(url)).await.unwrap_err();
    assert!(
        matches!(
            error,
            GenerateError::Gateway(ClientError::Refused {
                status: StatusCode::FORBIDDEN,
                ..
            })
        ),
        "{error}"
    );
}

#[tokio::test]
async fn file_for_the_gateway_is_refused() {
    let mut settings = settings("http://127.0.0.1:9".to_owned());
    settings.output = "events.csv".into();
    let error = generate(settings).await.unwrap_err();
    assert_eq!(error.to_string(), "--output needs --to csv, jsonl or parquet");
}

#[tokio::test]
async fn rate_paces_and_signal_stops() {
    let (gateway, url) = Gateway::start(&[]).await;
    let shutdown = CancellationToken::new();
    let mut settings = settings(url);
    (settings.count, settings.rate, settings.batch) = (0, 1_000, 20);
    let began = Instant::now();
    let running = tokio::spawn(run(settings, Timestamp(1_795_341_600_000), shutdown.clone()));
    let three_batches = async {
        while gateway.received().len() < 3 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), three_batches)
        .await
        .unwrap();
    shutdown.cancel();
    let summary = running.await.unwrap().unwrap();
    assert_eq!(summary.sent, summary.accepted);
    let due = began.elapsed().as_millis() as u64 + 1;
    assert!(
        (60..=due).contains(&summary.sent),
        "{} events sent, {due} due",
        summary.sent
    );
}

#[tokio::test]
async fn wrong_clocks_send_requests_of_their_own() {
    let (gateway, url) = Gateway::start(&[]).await;
    let mut settings = settings(url);
    (settings.count, settings.batch, settings.scenario) = (2_000, 500, Scenario::ClockSkew);
    let summary = generate(settings).await.unwrap();
    assert_eq!(summary.accepted, 2_000);
    let mut skews = HashSet::new();
    for (query, body) in gateway.received() {
        let sent_at = query.rsplit_once("sent_at=").unwrap().1.parse::<i64>().unwrap();
        let hours_off = (sent_at - 1_795_341_600_000) as f64 / 3_600_000.0;
        skews.insert((hours_off * 10.0).round() as i64);
        for event in serde_json::from_str::<Vec<Value>>(&body).unwrap() {
            let behind_ms = sent_at - event["created_at"].as_i64().unwrap();
            assert!((0..60_000).contains(&behind_ms), "{behind_ms} ms before {query}");
        }
    }
    assert_eq!(skews, HashSet::from([0, -60, -8, 30]));
}

#[tokio::test]
async fn key_goes_with_each_request() {
    let (gateway, url) = Gateway::start(&[]).await;
    let mut settings = settings(url);
    settings.gateway.trusted_key = Some("open sesame".parse().unwrap());
    assert!(!format!("{settings:?}").contains("sesame"));
    generate(settings).await.unwrap();
    let keys = gateway.keys.lock().unwrap().clone();
    assert_eq!(keys, vec!["Bearer open sesame"; 3]);
}
