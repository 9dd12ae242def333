use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::support::{TestGateway, click, id, json_request};

#[tokio::test]
async fn says_where_json_is_broken() {
    let gateway = TestGateway::start().await;
    let answer = gateway
        .call(json_request("/events", "[{\"id\": 1,\n  \"type\" \"click\"}]"))
        .await;
    answer.assert_error(400, "broken_json");
    assert_eq!(
        (&answer.json()["error"]["line"], &answer.json()["error"]["column"]),
        (&json!(2), &json!(10))
    );
}

#[tokio::test]
async fn refuses_bodies_that_are_no_events() {
    let gateway = TestGateway::start().await;
    gateway.post("/events", &json!([])).await.assert_error(400, "no_events");
    gateway
        .post("/events", &json!("click"))
        .await
        .assert_error(400, "not_events");
    let many: Vec<Value> = (0..1_001).map(|_| json!({})).collect();
    gateway
        .post("/events", &json!(many))
        .await
        .assert_error(413, "too_many_events");
}

#[tokio::test]
async fn refuses_unknown_sites() {
    let gateway = TestGateway::start().await;
    gateway
        .post("/events?site=nowhere", &click(1))
        .await
        .assert_error(403, "unknown_site");
    let mut event = click(1);
    event["site"] = json!("nowhere");
    let answer = gateway.post("/events", &event).await;
    answer.assert_error(403, "unknown_site");
    assert_eq!(answer.json()["rejected"][0]["reason"], "unknown_site");
    let mixed = gateway.post("/events", &json!([event, click(2)])).await;
    assert_eq!(
        (mixed.status.as_u16(), &mixed.json()["accepted"]),
        (202, &json!([id(2)]))
    );
}

#[tokio::test]
async fn answers_422_when_every_event_is_refused() {
    let gateway = TestGateway::start().await;
    let mut bad = click(1);
    bad.as_object_mut().unwrap().remove("session_id");
    let answer = gateway.post("/events", &bad).await;
    answer.assert_error(422, "all_refused");
    assert_eq!(answer.json()["accepted"], json!([]));
    assert_eq!(answer.json()["rejected"][0]["field"], "session_id");
}

#[tokio::test]
async fn refuses_other_content_types() {
    let gateway = TestGateway::start().await;
    for content_type in [
        None,
        Some("application/x-www-form-urlencoded"),
        Some("text/html"),
        Some("application/json; charset=latin1"),
        Some("application/jsonp"),
    ] {
        let mut request = Request::post("/events");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let answer = gateway.call(request.body(click(1).to_string().into()).unwrap()).await;
        answer.assert_error(415, "content_type");
        assert_eq!(answer.header("accept"), "application/json, text/plain");
        assert!(answer.text().contains("application/json or text/plain"));
    }
}

#[tokio::test]
async fn refuses_other_encodings() {
    let gateway = TestGateway::start().await;
    for (encoding, status, code) in [
        ("br", 415, "content_encoding"),
        ("gzip, gzip", 415, "content_encoding"),
        ("gzip", 400, "broken_gzip"),
    ] {
        let mut request = json_request("/events", click(1).to_string());
        request
            .headers_mut()
            .insert("content-encoding", encoding.parse().unwrap());
        gateway.call(request).await.assert_error(status, code);
    }
}

#[tokio::test]
async fn names_the_query_parameter_it_refuses() {
    let gateway = TestGateway::start().await;
    for (query, parameter) in [
        ("sitee=shop", "sitee"),
        ("site=shop&site=strict", "site"),
        ("source=amqp", "source"),
        ("sent_at=yesterday", "sent_at"),
        ("sent_at=12", "sent_at"),
    ] {
        let answer = gateway.post(&format!("/events?{query}"), &click(1)).await;
        answer.assert_error(400, "invalid_parameter");
        assert_eq!(answer.json()["error"]["parameter"], parameter, "{query}");
    }
}

#[tokio::test]
async fn answers_json_to_unknown_routes_and_methods() {
    let gateway = TestGateway::start().await;
    gateway.get("/nowhere").await.assert_error(404, "not_found");
    gateway.get("/shop/nowhere").await.assert_error(404, "not_found");
    for path in ["/events", "/events/"] {
        let answer = gateway.get(path).await;
        answer.assert_error(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), "POST,OPTIONS");
    }
    let delete = Request::delete("/metrics").body(Body::empty()).unwrap();
    gateway.call(delete).await.assert_error(405, "method_not_allowed");
}
