//! Every error answer of the gateway: one shape, a code from the source, and nothing of the inside.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use bytes::Bytes;
use event::limits;
use futures_util::stream;
use gateway::commit::Sink;
use queue::{Group, PublishError, Publisher, Route};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::shutdown::{read_all, request};
use crate::support::{Answer, Gate, TestGateway, answer_of, call, click, connect, json_request, listen};

const OPERATOR: &str = "--operator-key=operator-0123456789";
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

/// What an answer that tells of the inside would hold: paths, source, SQL, debug output, addresses.
const INSIDE: [&str; 20] = [
    "/tmp",
    "/root",
    "/home",
    "/var/",
    "/work",
    ".rs",
    "::",
    "SELECT",
    "FROM ",
    "DB::",
    "Code: ",
    "Some(",
    "None",
    "Err(",
    "Error {",
    "os error",
    "panicked",
    "secret",
    "127.0.0.1",
    "\\u001b",
];

#[derive(Default)]
struct Walk {
    codes: BTreeSet<String>,
}

impl Walk {
    #[track_caller]
    fn check(&mut self, answer: &Answer, status: u16, code: &str) {
        answer.assert_error(status, code);
        assert_clean(&answer.text());
        let error = &answer.json()["error"];
        let known = ["code", "message", "line", "column", "parameter", "limit"];
        let fields = error.as_object().unwrap().keys();
        assert!(
            fields.into_iter().all(|field| known.contains(&field.as_str())),
            "{error}"
        );
        let waits = matches!(status, 429 | 503);
        let seconds = answer.header("retry-after").parse::<u64>();
        assert_eq!(
            seconds.is_ok_and(|seconds| seconds >= 1),
            waits,
            "{code}: {:?}",
            answer.headers
        );
        self.codes.insert(code.to_owned());
    }
}

#[track_caller]
fn assert_clean(text: &str) {
    for inside in INSIDE {
        assert!(!text.contains(inside), "{inside:?} is in {text}");
    }
}

#[tokio::test]
async fn every_error_has_one_shape_and_hides_the_inside() {
    let mut walk = Walk::default();
    requests(&mut walk).await;
    heads(&mut walk).await;
    bodies(&mut walk).await;
    queue_troubles(&mut walk).await;
    shutdown(&mut walk).await;
    reports_and_replay(&mut walk).await;
    entities(&mut walk).await;
    console(&mut walk).await;
    traffic(&mut walk).await;
    panics(&mut walk).await;
    let sources = [
        include_str!("../../src/error.rs"),
        include_str!("../../src/reads.rs"),
        include_str!("../../src/console/error.rs"),
        include_str!("../../src/console/expect.rs"),
        include_str!("../../src/entities/error.rs"),
        include_str!("../../src/events/error.rs"),
        include_str!("../../src/home/traffic.rs"),
        include_str!("../../src/reports/error.rs"),
        include_str!("../../src/replay/error.rs"),
        include_str!("../../src/resources/create.rs"),
        include_str!("../../src/roles/error.rs"),
        include_str!("../../../event/src/decode.rs"),
    ];
    let written: BTreeSet<_> = sources.into_iter().flat_map(codes).collect();
    assert!(written.len() > 30, "the codes are no longer found: {written:?}");
    assert_eq!(walk.codes, written, "left: walked; right: written in the source");
}

/// `(StatusCode::X, "code")`, `code: "code"` and `Self::X => "code"`.
fn codes(source: &str) -> impl Iterator<Item = String> {
    let lines = source.lines().map(str::trim);
    lines.filter_map(|line| {
        let after = line.strip_prefix("code: \"").or_else(|| {
            let (_, after) = line.split_once("(StatusCode::").or_else(|| line.split_once("Self::"))?;
            after
                .split_once(", \"")
                .or_else(|| after.split_once("=> \""))
                .map(|(_, code)| code)
        })?;
        let code = after.split('"').next()?;
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        (!code.is_empty() && code.bytes().all(plain)).then(|| code.to_owned())
    })
}

async fn requests(walk: &mut Walk) {
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

async fn heads(walk: &mut Walk) {
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

async fn bodies(walk: &mut Walk) {
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

fn spawn_post(gateway: &TestGateway, number: u64) -> JoinHandle<Answer> {
    let app = gateway.app.clone();
    tokio::spawn(async move { call(&app, json_request("/events", click(number).to_string())).await })
}

async fn queue_troubles(walk: &mut Walk) {
    let failing = TestGateway::behind(&[], |_| Failing).await;
    walk.check(&failing.post("/events", &click(1)).await, 503, "queue_unavailable");

    let mut gate = None;
    let arguments = [
        "--groups-in-flight=1",
        "--pending-bytes=1",
        "--max-requests-in-flight=3",
    ];
    let gateway = TestGateway::behind(&arguments, |publisher| gate.insert(Gate::closed(publisher)).clone()).await;
    let gate = gate.unwrap();
    let published = spawn_post(&gateway, 1);
    gate.wait_started(1).await;
    // One is being published, one waits, and the next finds no room.
    let waiting = [spawn_post(&gateway, 2), spawn_post(&gateway, 3)];
    let mut waiting: Vec<_> = waiting.into_iter().collect();
    let (refused, _, left) = futures_util::future::select_all(waiting.drain(..)).await;
    walk.check(&refused.unwrap(), 503, "queue_full");
    gate.confirms.add_permits(100);
    for answer in left.into_iter().chain([published]) {
        assert_eq!(answer.await.unwrap().status, 202);
    }

    let mut gate = None;
    let arguments = ["--max-requests-in-flight=1"];
    let gateway = TestGateway::behind(&arguments, |publisher| gate.insert(Gate::closed(publisher)).clone()).await;
    let gate = gate.unwrap();
    let first = spawn_post(&gateway, 1);
    gate.wait_started(1).await;
    walk.check(&gateway.post("/events", &click(2)).await, 503, "too_busy");
    gate.confirms.add_permits(1);
    assert_eq!(first.await.unwrap().status, 202);
}

/// Its errors tell of the inside.
struct Failing;

#[derive(Debug, thiserror::Error)]
#[error("cannot fsync /var/lib/secret/00001.log: Some(Os {{ code: 28 }})")]
struct Inside;

impl Sink for Failing {
    type Error = Inside;

    async fn publish(&self, _: Route, _: Group) -> Result<(), Inside> {
        Err(Inside)
    }

    fn is_ready(&self) -> bool {
        true
    }
}

/// The body comes when the committer has ended.
async fn shutdown(walk: &mut Walk) {
    let gateway = TestGateway::start().await;
    let (pieces, body) = mpsc::unbounded_channel::<Bytes>();
    let asked = Arc::new(Semaphore::new(0));
    let signal = Arc::clone(&asked);
    let body = stream::unfold(body, move |mut body| {
        signal.add_permits(1);
        async move { Some((Ok::<_, std::io::Error>(body.recv().await?), body)) }
    });
    let app = gateway.app.clone();
    let late = tokio::spawn(async move { call(&app, json_request("/events", Body::from_stream(body))).await });
    asked.acquire().await.unwrap().forget();
    let (_, shutdown, server) = listen(&gateway.state).await;
    shutdown.cancel();
    server.await.unwrap().unwrap();
    pieces.send(Bytes::from(click(1).to_string())).unwrap();
    drop(pieces);
    walk.check(&late.await.unwrap(), 503, "shutting_down");
    walk.check(&gateway.post("/events", &click(1)).await, 503, "queue_unavailable");
}

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

async fn reports_and_replay(walk: &mut Walk) {
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

async fn console(walk: &mut Walk) {
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

async fn traffic(walk: &mut Walk) {
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
    assert_eq!(gateway.call(order()).await.status, 202);
    walk.check(&gateway.call(order()).await, 409, "traffic_runs");
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

async fn entities(walk: &mut Walk) {
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

/// Panics once, where every request with events comes by.
struct Panicking(Publisher, AtomicBool);

impl Sink for Panicking {
    type Error = PublishError;

    fn publish(&self, route: Route, group: Group) -> impl Future<Output = Result<(), PublishError>> + Send {
        self.0.publish(route, group)
    }

    fn is_ready(&self) -> bool {
        if self.1.swap(true, Ordering::SeqCst) {
            return true;
        }
        panic!("index out of bounds in /srv/src/secret.rs")
    }
}

/// The connection goes on: the next request of it is answered.
async fn panics(walk: &mut Walk) {
    let gateway = TestGateway::behind(&[], |publisher| Panicking(publisher, AtomicBool::new(false))).await;
    let (address, shutdown, server) = listen(&gateway.state).await;
    let mut stream = connect(address).await;
    let again = "GET /health/live HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    stream.write_all((request(1) + again).as_bytes()).await.unwrap();
    let both = read_all(stream).await;
    let (failed, live) = both.rsplit_once("HTTP/1.1 ").unwrap();
    assert!(live.starts_with("200 OK") && live.contains("live"), "{live}");
    walk.check(&answer_of(failed), 500, "internal");
    let in_flight = gateway.get("/metrics").await.text();
    assert!(
        in_flight.contains("clickpath_requests_in_flight 0\n"),
        "a panic leaves its place"
    );
    shutdown.cancel();
    server.await.unwrap().unwrap();
}

/// The shape of refusals inside a receipt, which say what was found: the sender's own words, and cut.
#[tokio::test]
async fn refusals_tell_the_senders_words_only() {
    let gateway = TestGateway::start().await;
    let mut event = click(1);
    event["type"] = json!("x".repeat(10_000));
    let answer = gateway
        .post("/events", &json!([event, {"id": {}}, 7, [[]], {"site": "nowhere"}]))
        .await;
    answer.assert_error(422, "all_refused");
    assert!(answer.body.len() < 4_000, "{}", answer.body.len());
    assert_clean(&answer.text());
    let Value::Array(rejected) = &answer.json()["rejected"] else {
        panic!("{}", answer.text())
    };
    assert_eq!(rejected.len(), 5);
    for refused in rejected {
        for field in ["index", "field", "reason", "message"] {
            assert!(!refused[field].is_null(), "{field} is not in {refused}");
        }
    }
}
