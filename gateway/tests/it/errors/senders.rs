//! What those who send events and entities are told.

use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use event::limits;
use futures_util::stream;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tower::ServiceExt;

use super::Walk;
use crate::shutdown::read_all;
use crate::support::{Answer, TestGateway, answer_of, click, connect, json_request, listen};

const SITES: &str = r#"
default_site = "open"
[[site]]
name = "open"
base_url = "https://open.example/"
origins = ["*"]
[[site]]
name = "shop"
base_url = "https://shop.example/"
origins = []
keys = ["shop-page-0123456789"]
[[site]]
name = "blog"
base_url = "https://blog.example/"
origins = ["*"]
keys = ["blog-page-0123456789"]
"#;

pub(super) async fn requests(walk: &mut Walk) {
    let gateway = TestGateway::start().await;
    for path in [
        "/nowhere",
        "/shop/nowhere",
        "/dashboard/nowhere",
        "/shop/%ff",
        "/shop/../../etc/passwd",
        "/.env",
    ] {
        walk.check(&gateway.get(path).await, 404, "not_found");
    }
    for (method, path) in [
        ("GET", "/events"),
        ("PUT", "/events/"),
        ("DELETE", "/metrics"),
        ("POST", "/reports"),
    ] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        walk.check(&gateway.call(request).await, 405, "method_not_allowed");
    }
    let (address, _shutdown, _server) = listen(&gateway.state).await;
    let mut stream = connect(address).await;
    let url = "x".repeat(9_000);
    let head = format!("GET /{url} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    walk.check(&answer_of(&read_all(stream).await), 414, "url_too_long");
    // Somebody who called the app without saying from where.
    let response = gateway
        .app
        .clone()
        .oneshot(json_request("/events", "{}"))
        .await
        .unwrap();
    walk.check(&Answer::read(response).await, 500, "internal");
    let limited = TestGateway::with(&["--rate-requests-per-second=1", "--rate-reads-per-second=1"]).await;
    for _ in 0..2 {
        limited.get("/reports").await;
        limited.post("/events", &click(1)).await;
    }
    walk.check(&limited.get("/reports").await, 429, "rate_limited");
    walk.check(&limited.post("/events", &click(1)).await, 429, "rate_limited");
}

pub(super) async fn heads(walk: &mut Walk) {
    let gateway = TestGateway::of(SITES, gateway::now, &[], |publisher| publisher).await;
    let nasty = "%2Ftmp%2Fx%3A%3A\u{1b}".replace('\u{1b}', "%1b");
    for (query, status, code) in [
        ("sites=open".to_owned(), 400, "invalid_parameter"),
        ("source=amqp".to_owned(), 400, "invalid_parameter"),
        ("site=nowhere".to_owned(), 403, "unknown_site"),
        ("site=shop".to_owned(), 401, "key_required"),
        (format!("site=shop&key={nasty}"), 401, "wrong_key"),
        ("site=shop&key=blog-page-0123456789".to_owned(), 403, "key_not_allowed"),
    ] {
        let answer = gateway.post(&format!("/events?{query}"), &click(1)).await;
        walk.check(&answer, status, code);
    }
    let path = "/events?site=shop&key=shop-page-0123456789";
    for (name, value, status, code) in [
        ("origin", "https://evil.example", 403, "origin_not_allowed"),
        ("origin", "null", 403, "origin_not_allowed"),
        ("content-type", "text/html", 415, "content_type"),
        ("content-encoding", "br", 415, "content_encoding"),
        ("content-length", "9999999", 413, "body_too_large"),
    ] {
        let mut request = json_request(path, click(1).to_string());
        request.headers_mut().insert(name, value.parse().unwrap());
        walk.check(&gateway.call(request).await, status, code);
    }
    let mut foreign = click(1);
    foreign["site"] = json!("shop");
    walk.check(&gateway.post("/events", &foreign).await, 403, "site_not_allowed");
}

pub(super) async fn bodies(walk: &mut Walk) {
    let gateway = TestGateway::start().await;
    let many = format!("[0{}]", ",0".repeat(1_000));
    for (body, status, code) in [
        ("[", 400, "broken_json"),
        ("7", 400, "not_events"),
        ("[]", 400, "no_events"),
        (&many, 413, "too_many_events"),
        ("{}", 422, "all_refused"),
        (&" ".repeat(1_048_577), 413, "body_too_large"),
    ] {
        walk.check(
            &gateway.call(json_request("/events", body.to_owned())).await,
            status,
            code,
        );
    }
    let mut broken = json_request("/events", "no gzip");
    broken.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    walk.check(&gateway.call(broken).await, 400, "broken_gzip");
    let error = std::io::Error::other("connection to /var/run/secret.sock lost (os error 104)");
    let broken = Body::from_stream(stream::iter([Err::<Bytes, _>(error)]));
    walk.check(&gateway.call(json_request("/events", broken)).await, 400, "broken_body");
    let never = || Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    let patient = TestGateway::with(&["--body-timeout=0.05", "--body-min-bytes-per-second=0"]).await;
    walk.check(
        &patient.call(json_request("/events", never())).await,
        408,
        "body_timeout",
    );
    let hasty = TestGateway::with(&["--body-timeout=0.2"]).await;
    walk.check(
        &hasty.call(json_request("/events", never())).await,
        408,
        "body_too_slow",
    );
}

pub(super) async fn entities(walk: &mut Walk) {
    const FERNET_KEY: &str = "--fernet-key=cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
    let request = |path: &str, key: &str, body: &str| {
        let request = Request::post(path).header("authorization", format!("Bearer {key}"));
        let request = request.header("content-type", "application/json");
        request.body(Body::from(body.to_owned())).unwrap()
    };
    let (path, key) = ("/entities/stores", "trusted-key-0123");
    let closed = TestGateway::start().await;
    walk.check(
        &closed.call(request(path, key, "{}")).await,
        404,
        "entities_not_enabled",
    );
    let nobody = TestGateway::with(&["--entities", FERNET_KEY]).await;
    walk.check(&nobody.call(request(path, key, "{}")).await, 403, "no_trusted_key");
    let open = TestGateway::with(&["--entities", FERNET_KEY, "--trusted-key=trusted-key-0123"]).await;
    walk.check(&open.call(json_request(path, "{}")).await, 401, "key_required");
    walk.check(&open.call(request(path, "secret", "{}")).await, 403, "wrong_key");
    for wrong in ["/entities/shops", "/entities/%ff"] {
        walk.check(&open.call(request(wrong, key, "{}")).await, 404, "unknown_stream");
    }
    walk.check(&open.call(request(path, key, "[]")).await, 400, "no_entities");
    let many = format!("[{}{{}}]", "{},".repeat(limits::EVENTS));
    walk.check(&open.call(request(path, key, &many)).await, 413, "too_many_entities");
    walk.check(
        &open.call(request(path, key, r#"{"id":1,"email":"secret"}"#)).await,
        422,
        "all_refused",
    );
    let mut form = request(path, key, "id=1");
    form.headers_mut().remove("content-type");
    walk.check(&open.call(form).await, 415, "content_type");
}
