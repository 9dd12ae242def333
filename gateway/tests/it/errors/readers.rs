//! What those who read, watch and administer are told.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use bytes::Bytes;
use futures_util::stream;
use serde_json::json;
use tokio::net::TcpListener;
use tower::ServiceExt;

use super::{Walk, assert_clean};
use crate::support::{Answer, TestGateway, json_request};

const OPERATOR: &str = "--operator-key=operator-0123456789";

/// A database whose exceptions tell everything.
async fn telling_database(code: u32) -> String {
    let text =
        "DB::Exception: Syntax error: failed at position 8 (SELECT secret FROM /var/lib/clickhouse). (SYNTAX_ERROR)";
    database_that_answers(StatusCode::BAD_REQUEST, format!("Code: {code}. {text}")).await
}

async fn database_that_answers(status: StatusCode, text: String) -> String {
    let answer = (status, text);
    let app = Router::new().fallback(move || async move { answer.clone() });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    format!("--clickhouse-url=http://{address}")
}

pub(super) async fn reports_and_replay(walk: &mut Walk) {
    let away = TestGateway::with(&[OPERATOR]).await;
    walk.check(&away.get("/reports/nothing").await, 404, "unknown_metric");
    walk.check(&away.get("/reports/%ff%fe").await, 404, "unknown_metric");
    for query in ["sitee=1", "tz=a%27b", "from=x", "limit=0"] {
        let answer = away.get(&format!("/reports/events_per_minute?{query}")).await;
        walk.check(&answer, 400, "invalid_parameter");
    }
    let url = telling_database(62).await;
    let telling = TestGateway::with(&[OPERATOR, &url]).await;
    for path in ["/reports/events_per_minute", "/ledger"] {
        walk.check(&away.get(path).await, 503, "warehouse_unavailable");
        walk.check(&telling.get(path).await, 500, "internal");
    }
    for (exception, status, code) in [
        (241, 503, "report_too_expensive"),
        (159, 503, "report_too_expensive"),
        (396, 422, "too_many_rows"),
        (202, 503, "warehouse_unavailable"),
        (72, 400, "invalid_parameter"),
    ] {
        let gateway = TestGateway::with(&[&telling_database(exception).await]).await;
        walk.check(&gateway.get("/reports/events_per_minute").await, status, code);
    }
    resources(walk).await;
    let replay = |key: &str, query: &str| {
        let request = Request::post(format!("/replay?{query}")).header("authorization", format!("Bearer {key}"));
        request.body(Body::empty()).unwrap()
    };
    let key = "operator-0123456789";
    walk.check(&away.call(replay("operator-012345678", "")).await, 401, "wrong_key");
    walk.check(&away.call(replay(key, "siet=1")).await, 400, "invalid_parameter");
    for gateway in [&away, &telling] {
        walk.check(&gateway.call(replay(key, "")).await, 503, "warehouse_unavailable");
    }
    let closed = TestGateway::start().await;
    walk.check(&closed.call(replay(key, "")).await, 403, "replay_not_enabled");
}

async fn resources(walk: &mut Walk) {
    let draft = json!({"name": "a", "metric": "element_ctr"}).to_string();
    let gateway = TestGateway::with(&["--rate-writes-per-second=0", "--body-timeout=0.05"]).await;
    let post = |body: Body| json_request("/create_resource/", body);
    walk.check(&gateway.get("/get_resource/nothing").await, 404, "unknown_resource");
    walk.check(&gateway.get("/get_resource/").await, 503, "warehouse_unavailable");
    walk.check(&gateway.call(post("[".into())).await, 400, "broken_json");
    walk.check(&gateway.call(post("{}".into())).await, 422, "invalid_resource");
    walk.check(
        &gateway.call(post(" ".repeat(20_000).into())).await,
        413,
        "body_too_large",
    );
    let never = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    walk.check(&gateway.call(post(never)).await, 408, "body_timeout");
    let error = std::io::Error::other("connection to /var/run/secret.sock lost (os error 104)");
    let broken = Body::from_stream(stream::iter([Err::<Bytes, _>(error)]));
    walk.check(&gateway.call(post(broken)).await, 400, "broken_body");
    let form = Request::post("/create_resource/").body(Body::from("name=a")).unwrap();
    walk.check(&gateway.call(form).await, 415, "content_type");
    walk.check(&gateway.get("/users/").await, 401, "key_required");

    let full = database_that_answers(StatusCode::OK, "{\"n\":10000}\n".to_owned()).await;
    let full = TestGateway::with(&[&full]).await;
    walk.check(&full.call(post(draft.into())).await, 422, "too_many_resources");

    let key = gateway::NewKey::make("sender", &[gateway::Scope::Ingest], &[]).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &key.entry).unwrap();
    let keyed = TestGateway::with(&[&format!("--keys-file={}", file.path().display())]).await;
    let asked = Request::get("/reports").header("authorization", format!("Bearer {}", key.key));
    let answer = keyed.call(asked.body(Body::empty()).unwrap()).await;
    walk.check(&answer, 403, "scope_missing");
}

pub(super) async fn console(walk: &mut Walk) {
    let off = TestGateway::start().await;
    walk.check(&off.get("/console/events").await, 404, "console_off");
    let gateway = TestGateway::with(&["--live-console", "--body-timeout=0.05", "--body-min-bytes-per-second=0"]).await;
    walk.check(&gateway.get("/console/events?since=x").await, 400, "invalid_parameter");
    let expect = |body: Body| json_request("/expect", body);
    walk.check(&gateway.call(expect("{".into())).await, 400, "broken_json");
    walk.check(&gateway.call(expect("{}".into())).await, 422, "invalid_expectation");
    walk.check(
        &gateway.call(expect(" ".repeat(70_000).into())).await,
        413,
        "body_too_large",
    );
    let never = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    walk.check(&gateway.call(expect(never)).await, 408, "body_timeout");
    let text = Request::post("/expect").body(Body::from("{}")).unwrap();
    walk.check(&gateway.call(text).await, 415, "content_type");
    let mut foreign = expect("{}".into());
    foreign.headers_mut().insert("host", "evil.example".parse().unwrap());
    walk.check(&gateway.call(foreign).await, 403, "foreign_name");
    let wanted = json!({"match": {"type": "click"}, "within_ms": 0, "since": "1m"}).to_string();
    gateway.post("/events", &json!([{"type": "click"}])).await;
    let unmet = gateway.call(expect(wanted.into())).await;
    walk.codes
        .insert(unmet.json()["error"]["code"].as_str().unwrap().to_owned());
    unmet.assert_error(404, "no_matching_event");
    assert_clean(&unmet.text());
    watched_by_all(walk, "/console/events", "too_many_watch").await;
    watched_by_all(walk, "/live/stream", "too_many_readers").await;
}

/// As many as there is room for, and one more.
async fn watched_by_all(walk: &mut Walk, path: &str, code: &str) {
    let gateway = TestGateway::with(&["--live-console", "--rate-reads-per-second=0"]).await;
    let mut watching = Vec::new();
    loop {
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        request.extensions_mut().insert(gateway::Peer([127, 0, 0, 1].into()));
        let response = gateway.app.clone().oneshot(request).await.unwrap();
        match response.status() {
            StatusCode::OK => watching.push(response),
            _ => break walk.check(&Answer::read(response).await, 503, code),
        }
    }
}

pub(super) async fn traffic(walk: &mut Walk) {
    let gateway = TestGateway::start().await;
    let order = || json_request("/traffic", r#"{"site": "shop"}"#);
    walk.check(&gateway.call(order()).await, 404, "no_generator");
    gateway
        .state
        .offer_traffic(Box::new(|_| Box::pin(std::future::pending())));
    let text = Request::post("/traffic").body(Body::from("{}")).unwrap();
    walk.check(&gateway.call(text).await, 415, "content_type");
    walk.check(
        &gateway.call(json_request("/traffic", "{}")).await,
        422,
        "invalid_order",
    );
    let large = gateway.call(json_request("/traffic", " ".repeat(2_000))).await;
    walk.check(&large, 413, "body_too_large");
    assert!(large.text().contains("1024 bytes"), "{}", large.text());
    assert_eq!(gateway.call(order()).await.status, 202);
    walk.check(&gateway.call(order()).await, 409, "traffic_runs");
}
