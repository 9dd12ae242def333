#![expect(clippy::unwrap_used, reason = "a helper fails the test that calls it")]

use std::time::Duration;

use axum::http::StatusCode;
use client::{Batch, Client, ClientError, Sent, Settings};
use event::entity::Stream;
use event::{Source, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::gateway::{Answer, Gateway};

const TWO: &str = r#"[{"id":"a"},{"id":"b"}]"#;

fn settings(gateway_url: &str) -> Settings {
    Settings {
        gateway_url: gateway_url.to_owned(),
        trusted_key: None,
        patience: Duration::from_secs(5),
    }
}

fn client(gateway_url: &str) -> Client {
    Client::new(&settings(gateway_url), CancellationToken::new()).unwrap()
}

fn two() -> Batch<'static> {
    Batch {
        site: "shop & more",
        source: Source::Generator,
        events: 2,
        body: TWO.into(),
        sent_at: None,
    }
}

async fn send(gateway_url: &str) -> Result<Sent, ClientError> {
    client(gateway_url).send_events(two()).await
}

#[tokio::test]
async fn asks_the_clock_at_each_attempt() {
    let (gateway, url) = Gateway::start([Answer::Status(StatusCode::SERVICE_UNAVAILABLE)]).await;
    let time = std::sync::atomic::AtomicI64::new(1_795_341_600_000);
    let tick = || Timestamp(time.fetch_add(7, std::sync::atomic::Ordering::Relaxed));
    let batch = Batch {
        sent_at: Some(&tick),
        ..two()
    };
    let sent = client(&url).send_events(batch).await.unwrap();
    assert_eq!((sent.accepted, sent.rejected.len(), sent.retries), (2, 0, 1));
    let uris = gateway
        .received()
        .into_iter()
        .map(|request| request.uri)
        .collect::<Vec<_>>();
    let uri = |sent_at| format!("/events?site=shop+%26+more&source=generator&sent_at={sent_at}");
    assert_eq!(uris, [uri(1_795_341_600_000_i64), uri(1_795_341_600_007)]);
}

#[tokio::test]
async fn repeats_same_bytes_until_answered() {
    let answers = [408, 429, 502, 503, 504].map(|status| Answer::Status(StatusCode::from_u16(status).unwrap()));
    let (gateway, url) = Gateway::start([Answer::Cut].into_iter().chain(answers)).await;
    let sent = send(&url).await.unwrap();
    assert_eq!((sent.accepted, sent.retries), (2, 6));
    let received = gateway.received();
    assert_eq!(received.len(), 7);
    assert!(received.iter().all(|request| *request == received[0]), "{received:?}");
}

#[tokio::test]
async fn tells_what_was_rejected() {
    let (_gateway, url) = Gateway::start([Answer::Status(StatusCode::UNPROCESSABLE_ENTITY)]).await;
    let sent = send(&url).await.unwrap();
    assert_eq!(sent.accepted, 0);
    let second = &sent.rejected[1];
    assert_eq!(
        (second.index, second.id.as_deref(), second.reason.as_str()),
        (1, Some("b"), "missing")
    );
}

#[tokio::test]
async fn refusal_is_not_repeated() {
    for status in [
        StatusCode::BAD_REQUEST,
        StatusCode::FORBIDDEN,
        StatusCode::INTERNAL_SERVER_ERROR,
    ] {
        let (gateway, url) = Gateway::start([Answer::Status(status)]).await;
        let error = send(&url).await.unwrap_err();
        assert!(
            matches!(&error, ClientError::Refused { status: found, .. } if *found == status),
            "{error}"
        );
        assert_eq!(gateway.received().len(), 1);
    }
}

#[tokio::test]
async fn missing_key_is_told_with_its_setting() {
    let (_gateway, url) = Gateway::start([Answer::Status(StatusCode::UNAUTHORIZED)]).await;
    let message = send(&url).await.unwrap_err().to_string();
    assert!(
        message.contains("401 Unauthorized") && message.contains("--trusted-key"),
        "{message}"
    );
}

#[tokio::test]
async fn patience_ends() {
    let (_gateway, url) = Gateway::start([Answer::Status(StatusCode::SERVICE_UNAVAILABLE); 1_000]).await;
    let mut settings = settings(&url);
    settings.patience = Duration::from_millis(20);
    let client = Client::new(&settings, CancellationToken::new()).unwrap();
    let error = client.send_events(two()).await.unwrap_err();
    assert!(matches!(error, ClientError::Busy { .. }), "{error}");
}

#[tokio::test]
async fn absent_gateway_is_named() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let mut settings = settings(&url);
    settings.patience = Duration::ZERO;
    let client = Client::new(&settings, CancellationToken::new()).unwrap();
    let error = client.send_events(two()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("gateway at {url} does not answer"));
}

#[tokio::test]
async fn gateway_that_comes_back_is_found() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://{address}/");
    let (sent, ()) = tokio::join!(send(&url), async {
        // After the first attempt has failed.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let receipt = r#"{"accepted":["a","b"],"rejected":[]}"#;
        let router = axum::Router::new().fallback(move || async move { (StatusCode::ACCEPTED, receipt) });
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    });
    let sent = sent.unwrap();
    assert!(sent.accepted == 2 && sent.retries > 0, "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn signal_ends_a_request_without_answer() {
    let (gateway, url) = Gateway::start([Answer::Silence]).await;
    let shutdown = CancellationToken::new();
    let client = Client::new(&settings(&url), shutdown.clone()).unwrap();
    let stop = async {
        while gateway.received().is_empty() {
            tokio::task::yield_now().await;
        }
        shutdown.cancel();
    };
    let (sent, ()) = tokio::join!(client.send_events(two()), stop);
    let error = sent.unwrap_err();
    assert!(matches!(error, ClientError::Stopped), "{error}");
}

#[tokio::test]
async fn signal_ends_the_waiting() {
    let (gateway, url) = Gateway::start([Answer::Cut; 1_000]).await;
    let shutdown = CancellationToken::new();
    let client = Client::new(&settings(&url), shutdown.clone()).unwrap();
    let stop = async {
        while gateway.received().is_empty() {
            tokio::task::yield_now().await;
        }
        shutdown.cancel();
    };
    let (sent, ()) = tokio::join!(client.send_events(two()), stop);
    let error = sent.unwrap_err();
    assert!(matches!(error, ClientError::Stopped), "{error}");
}

#[tokio::test]
async fn refuses_other_addresses() {
    for address in ["127.0.0.1:8080", "ftp://gateway.example", "mailto:a@b.example", ""] {
        let error = Client::new(&settings(address), CancellationToken::new()).unwrap_err();
        assert!(matches!(error, ClientError::Address(_)), "{address}: {error}");
    }
}

#[tokio::test]
async fn entities_go_to_their_stream() {
    let (gateway, url) = Gateway::start([Answer::Status(StatusCode::SERVICE_UNAVAILABLE)]).await;
    let mut settings = settings(&url);
    settings.trusted_key = Some("open sesame".parse().unwrap());
    assert!(!format!("{settings:?}").contains("sesame"));
    let client = Client::new(&settings, CancellationToken::new()).unwrap();
    let sent = client
        .send_entities("shop", Stream::Stores, 2, TWO.to_owned())
        .await
        .unwrap();
    assert_eq!((sent.accepted, sent.retries), (2, 1));
    for request in gateway.received() {
        assert_eq!(request.uri, "/entities/stores?site=shop");
        assert_eq!(request.key.as_deref(), Some("Bearer open sesame"));
        assert_eq!(request.body, TWO);
    }
}

#[tokio::test]
async fn several_batches_are_on_their_way() {
    let (gateway, url) = Gateway::start([Answer::Silence]).await;
    let client = client(&url);
    let silent = tokio::spawn({
        let client = client.clone();
        async move { client.send_events(two()).await }
    });
    while gateway.received().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(client.send_events(two()).await.unwrap().accepted, 2);
    silent.abort();
}
