use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::json;

use crate::support::{Answer, TestGateway, click, id, json_request};

const OWN: &str = "https://www.strict.example";
const OTHER: &str = "https://evil.example";

async fn preflight(gateway: &TestGateway, path: &str, origin: &str) -> Answer {
    let request = Request::builder()
        .method(Method::OPTIONS)
        .uri(path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type");
    gateway.call(request.body(Body::empty()).unwrap()).await
}

async fn post(gateway: &TestGateway, path: &str, origin: &str, body: String) -> Answer {
    let mut request = json_request(path, body);
    request.headers_mut().insert("origin", origin.parse().unwrap());
    gateway.call(request).await
}

#[tokio::test]
async fn allows_json_from_listed_origins() {
    let gateway = TestGateway::start().await;
    for path in ["/events?site=strict", "/events/?site=strict", "/events"] {
        let answer = preflight(&gateway, path, OWN).await;
        assert_eq!(answer.status, 204, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), OWN);
        assert_eq!(answer.header("access-control-allow-methods"), "POST");
        assert!(answer.header("access-control-allow-headers").contains("content-type"));
        assert_eq!(answer.header("access-control-allow-credentials"), "");
        assert_eq!(answer.header("vary"), "origin");
        assert_eq!(answer.header("access-control-max-age"), "7200");
    }
    let refused = preflight(&gateway, "/events?site=strict", OTHER).await;
    refused.assert_error(403, "origin_not_allowed");
    assert_eq!(refused.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn lets_pages_read_receipts_and_errors() {
    let gateway = TestGateway::start().await;
    let answer = post(&gateway, "/events?site=strict", OWN, click(1).to_string()).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(answer.header("access-control-allow-origin"), OWN);
    assert_eq!(answer.header("access-control-expose-headers"), "retry-after");
    let answer = post(&gateway, "/events?site=strict", OWN, "[".to_owned()).await;
    answer.assert_error(400, "broken_json");
    assert_eq!(answer.header("access-control-allow-origin"), OWN);
}

#[tokio::test]
async fn refuses_origins_the_site_does_not_list() {
    let gateway = TestGateway::start().await;
    for origin in [OTHER, "null", "https://www.strict.example.evil.example"] {
        let answer = post(&gateway, "/events?site=strict", origin, click(1).to_string()).await;
        answer.assert_error(403, "origin_not_allowed");
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
    assert_eq!(post(&gateway, "/events", OTHER, click(1).to_string()).await.status, 202);
}

#[tokio::test]
async fn refuses_one_event_for_a_site_that_does_not_list_the_origin() {
    let mut gateway = TestGateway::start().await;
    let mut foreign = click(1);
    foreign["site"] = json!("strict");
    let alone = post(&gateway, "/events", OTHER, foreign.to_string()).await;
    alone.assert_error(403, "site_not_allowed");
    // The one behind it has its id: what was refused takes no id away.
    let batch = json!([click(2), foreign, click(1)]);
    for answer in [alone, post(&gateway, "/events", OTHER, batch.to_string()).await] {
        let refused = &answer.json()["rejected"][0];
        assert_eq!(refused["field"], "site");
        assert_eq!(refused["reason"], "site_not_allowed");
        assert_eq!(
            (&refused["wants"], &refused["found"]),
            (&json!("origin"), &json!("strict"))
        );
        if answer.status == 202 {
            assert_eq!(refused["index"], 1);
            assert_eq!(answer.json()["accepted"], json!([id(2), id(1)]));
        }
    }
    let stored = gateway.next_group().await;
    assert!(stored.iter().all(|event| event.event.site == "shop"));
}

/// The sender named no site, so the page learns event by event what its origin may not do.
#[tokio::test]
async fn asks_the_default_site_for_its_own_events_only() {
    let sites = r#"
        default_site = "strict"
        [[site]]
        name = "strict"
        base_url = "https://strict.example/"
        origins = []
        [[site]]
        name = "open"
        base_url = "https://open.example/"
        origins = ["*"]"#;
    let gateway = TestGateway::of(sites, gateway::now, &[], |publisher| publisher).await;
    let mut open = click(1);
    open["site"] = json!("open");
    let answer = post(&gateway, "/events", OTHER, json!([click(2), open]).to_string()).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(answer.json()["accepted"], json!([id(1)]));
    assert_eq!(answer.json()["rejected"][0]["wants"], "origin");
}
