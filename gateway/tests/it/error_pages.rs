//! Refusals for people: a page where a browser opens an address, JSON for everybody else.

use axum::body::Body;
use axum::http::Request;

use crate::support::{Answer, TestGateway, click};

const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

async fn open(gateway: &TestGateway, method: &str, path: &str, accept: &str) -> Answer {
    let request = Request::builder().method(method).uri(path).header("accept", accept);
    gateway.call(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn browsers_are_told_on_a_page() {
    let gateway = TestGateway::with(&["--listen=0.0.0.0:80"]).await;
    for (path, status, title, message) in [
        ("/nowhere", 404, "Not found", "There is nothing at this address."),
        ("/reports/dau", 401, "This needs a key", "key"),
        ("/entities/stores", 405, "This address is for programs", "allow"),
    ] {
        let page = open(&gateway, "GET", path, BROWSER).await;
        assert_eq!(page.status, status, "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("vary"), "accept");
        assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
        let text = page.text();
        assert!(text.contains(title) && text.contains(message), "{path}: {text}");
        assert!(!text.contains("{{"), "{text}");
    }
    let asks_for_key = open(&gateway, "GET", "/reports/dau", BROWSER).await;
    assert!(!asks_for_key.header("www-authenticate").is_empty());
}

#[tokio::test]
async fn programs_are_told_in_json() {
    let gateway = TestGateway::start().await;
    for (method, path, accept) in [
        ("GET", "/nowhere", "application/json"),
        ("GET", "/nowhere", "*/*"),
        ("POST", "/nowhere", BROWSER),
    ] {
        let answer = open(&gateway, method, path, accept).await;
        answer.assert_error(404, "not_found");
    }
    gateway
        .post("/events?site=nowhere", &click(1))
        .await
        .assert_error(403, "unknown_site");
}
