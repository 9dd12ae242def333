use std::io::Write;

use axum::body::Body;
use axum::http::Request;
use event::{Source, Timestamp};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{TestGateway, click, id, json_request};

#[tokio::test]
async fn answers_receipt_after_the_queue_has_it() {
    let mut gateway = TestGateway::start().await;
    let answer = gateway.post("/events", &json!([click(1), click(2)])).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(answer.json(), json!({"accepted": [id(1), id(2)], "rejected": []}));
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let stored = gateway.next_group().await;
    assert_eq!(stored.len(), 2);
    assert_eq!(stored[0].event.url, "https://shop.example/catalog?page=2");
    assert_eq!((&*stored[0].event.site, stored[0].source), ("shop", Source::Http));
}

#[tokio::test]
async fn takes_both_slash_forms_and_both_types() {
    let gateway = TestGateway::start().await;
    let mut number = 0;
    for path in ["/events", "/events/"] {
        for content_type in [
            "application/json",
            "text/plain;charset=UTF-8",
            "Application/JSON; charset=\"utf-8\"",
        ] {
            number += 1;
            let request = Request::post(path).header("content-type", content_type);
            let answer = gateway
                .call(request.body(click(number).to_string().into()).unwrap())
                .await;
            assert_eq!(answer.status, 202, "{path} {content_type}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn takes_site_source_and_skew_from_query() {
    let mut gateway = TestGateway::start().await;
    let hour_ago = Timestamp(gateway::now().0 - 3_600_000);
    for sent_at in [hour_ago.0.to_string(), hour_ago.to_string()] {
        let path = format!("/events?site=strict&source=tracker&sent_at={sent_at}");
        assert_eq!(gateway.post(&path, &click(1)).await.status, 202);
        let stored = gateway.next_group().await;
        assert_eq!((&*stored[0].event.site, stored[0].source), ("strict", Source::Tracker));
        let skew = stored[0].clock_skew_ms.unwrap();
        assert!((3_600_000..3_700_000).contains(&skew), "{skew}");
    }
}

#[tokio::test]
async fn names_each_refused_event() {
    let mut gateway = TestGateway::start().await;
    let mut bad = click(2);
    bad["payload"]["x"] = json!(99_999_999);
    let mut old = click(3);
    old["site"] = json!("strict");
    old["created_at"] = json!("2020-01-01T00:00:00Z");
    let answer = gateway.post("/events", &json!([click(1), bad, old])).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let receipt = answer.json();
    assert_eq!(receipt["accepted"], json!([id(1)]));
    let refused = &receipt["rejected"][0];
    assert_eq!(refused["index"], 1);
    assert_eq!(refused["id"], id(2));
    assert_eq!(
        (&refused["field"], &refused["reason"]),
        (&json!("payload.x"), &json!("out_of_range"))
    );
    assert_eq!(refused["maximum"], 10_000_000);
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .starts_with("payload.x: 99999999 is outside"),
        "{refused}"
    );
    assert_eq!(receipt["rejected"][1]["reason"], "too_old");
    assert_eq!(gateway.next_group().await.len(), 1);
}

#[tokio::test]
async fn makes_ids_for_events_without() {
    let mut gateway = TestGateway::start().await;
    let mut event = click(1);
    event.as_object_mut().unwrap().remove("id");
    let answer = gateway.post("/events", &event).await;
    let made = answer.json()["accepted"][0].as_str().unwrap().to_owned();
    assert_eq!(made.as_bytes()[14], b'7', "{made} is a UUIDv7");
    assert_eq!(gateway.next_group().await[0].event.id.to_string(), made);
}

#[tokio::test]
async fn reads_gzip_bodies() {
    let mut gateway = TestGateway::start().await;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder
        .write_all(json!([click(1), click(2)]).to_string().as_bytes())
        .unwrap();
    let mut request = json_request("/events", encoder.finish().unwrap());
    request
        .headers_mut()
        .insert("content-encoding", "gzip".parse().unwrap());
    assert_eq!(gateway.call(request).await.status, 202);
    assert_eq!(gateway.next_group().await.len(), 2);
}

#[tokio::test]
async fn enriches_from_headers_and_proxies() {
    let mut gateway = TestGateway::start().await;
    let mut request = json_request("/events", click(1).to_string());
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    request.headers_mut().insert("user-agent", agent.parse().unwrap());
    // The peer is no trusted proxy: its word about the client does not count.
    request
        .headers_mut()
        .insert("x-forwarded-for", "198.51.100.9".parse().unwrap());
    assert_eq!(gateway.call(request).await.status, 202);
    let stored = &gateway.next_group().await[0];
    assert_eq!(stored.client.browser, "Firefox");
    assert_eq!(stored.ip.unwrap().to_string(), "203.0.113.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_each_accepted_event_once_under_load() {
    const REQUESTS: u64 = 200;
    const EVENTS: u64 = 5;
    let mut gateway = TestGateway::with(&["--groups-in-flight=2", "--group-events=40"]).await;
    let requests = (0..REQUESTS).map(|request| {
        let events: Vec<Value> = (0..EVENTS).map(|event| click(request * EVENTS + event)).collect();
        let app = gateway.app.clone();
        tokio::spawn(async move {
            let answer = crate::support::call(&app, json_request("/events", json!(events).to_string())).await;
            assert_eq!(answer.status, 202, "{}", answer.text());
            answer.json()["accepted"].as_array().unwrap().clone()
        })
    });
    let receipts = join_all(requests).await;
    let mut accepted: Vec<String> = receipts
        .into_iter()
        .flat_map(Result::unwrap)
        .map(|id| id.as_str().unwrap().to_owned())
        .collect();
    accepted.sort();
    let expected: Vec<String> = (0..REQUESTS * EVENTS).map(id).collect();
    assert_eq!(accepted, expected);
    let stored = gateway.count_ids(expected.len()).await;
    assert_eq!(stored.len(), expected.len());
    assert!(expected.iter().all(|id| stored[id] == 1));
}

#[tokio::test]
async fn counts_accepted_and_refused() {
    let gateway = TestGateway::start().await;
    let mut bad = click(2);
    bad["type"] = json!("hover");
    gateway.post("/events?source=tracker", &json!([click(1), bad])).await;
    gateway
        .call(Request::get("/nowhere/secret").body(Body::empty()).unwrap())
        .await;
    let metrics = gateway.get("/metrics").await;
    assert!(
        metrics
            .header("content-type")
            .starts_with("application/openmetrics-text")
    );
    for line in [
        "clickpath_events_accepted_total{site=\"shop\",source=\"tracker\"} 1",
        "clickpath_http_requests_total{route=\"/events\",status=\"202\"} 1",
        "clickpath_http_requests_total{route=\"other\",status=\"404\"} 1",
        "clickpath_group_events_count{route=\"events\"} 1",
        "clickpath_requests_in_flight 0",
        "# EOF",
    ] {
        assert!(
            metrics.text().lines().any(|found| found == line),
            "{line} is not in\n{}",
            metrics.text()
        );
    }
    assert!(metrics.text().contains("clickpath_events_refused_total{reason=\""));
    assert!(!metrics.text().contains("secret"), "addresses make no labels");
}
