//! Who may do what, and what the others are told.

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use gateway::{NewKey, Scope};
use serde_json::json;

use crate::reports::Stage;
use crate::support::{Answer, TestGateway, call_from, click};

const KEYS: [(&str, &[Scope], &[&str]); 5] = [
    ("sender", &[Scope::Ingest], &[]),
    ("reader", &[Scope::Read], &[]),
    ("strict-reader", &[Scope::Read], &["strict"]),
    ("admin", &[Scope::Admin], &[]),
    ("shop-admin", &[Scope::Admin], &["shop"]),
];
const REPORT: &str = "/reports/element_ctr";

/// (method, path, key, status, code)
const TABLE: [(&str, &str, &str, u16, &str); 46] = [
    ("GET", REPORT, "", 401, "key_required"),
    ("GET", REPORT, "sender", 403, "scope_missing"),
    ("GET", REPORT, "reader", 200, ""),
    ("GET", REPORT, "admin", 200, ""),
    ("GET", "/reports", "", 401, "key_required"),
    ("GET", "/reports/", "reader", 200, ""),
    ("GET", "/reports/nothing", "", 401, "key_required"),
    ("GET", "/reports/nothing", "reader", 404, "unknown_metric"),
    ("GET", "/reports/element_ctr?limit=0", "", 401, "key_required"),
    (
        "GET",
        "/reports/element_ctr?site=shop",
        "strict-reader",
        403,
        "key_not_allowed",
    ),
    (
        "GET",
        "/reports/element_ctr?site=nowhere",
        "strict-reader",
        400,
        "invalid_parameter",
    ),
    ("GET", "/reports/element_ctr?site=strict", "strict-reader", 200, ""),
    ("GET", REPORT, "strict-reader", 200, ""),
    ("GET", "/get_resource/", "", 401, "key_required"),
    ("GET", "/get_resource", "sender", 403, "scope_missing"),
    ("GET", "/get_resource/", "reader", 200, ""),
    ("POST", "/create_resource/", "", 401, "key_required"),
    ("POST", "/create_resource", "sender", 403, "scope_missing"),
    ("POST", "/create_resource", "reader", 415, "content_type"),
    ("GET", "/users/", "", 401, "key_required"),
    ("GET", "/users", "reader", 403, "scope_missing"),
    ("GET", "/users/", "sender", 403, "scope_missing"),
    ("GET", "/users", "admin", 200, ""),
    ("GET", "/users/", "shop-admin", 200, ""),
    ("GET", "/users/?site=strict", "shop-admin", 403, "key_not_allowed"),
    ("GET", "/audit", "", 401, "key_required"),
    ("GET", "/audit/", "reader", 403, "scope_missing"),
    ("GET", "/audit/", "admin", 200, ""),
    ("GET", "/audit", "shop-admin", 403, "key_not_allowed"),
    ("POST", "/replay", "", 401, "wrong_key"),
    ("POST", "/replay", "reader", 403, "scope_missing"),
    ("POST", "/replay/?dry_run=1", "admin", 200, ""),
    ("POST", "/replay", "shop-admin", 403, "key_not_allowed"),
    ("GET", "/openapi.json", "", 200, ""),
    ("GET", "/ledger", "", 401, "key_required"),
    ("GET", "/ledger/", "sender", 403, "scope_missing"),
    ("GET", "/ledger?site=shop", "strict-reader", 403, "key_not_allowed"),
    ("GET", "/ledger?site=strict", "strict-reader", 200, ""),
    ("GET", "/ledger", "reader", 200, ""),
    ("GET", "/ledger/", "admin", 200, ""),
    ("GET", "/metrics", "", 401, "key_required"),
    ("GET", "/metrics", "sender", 403, "scope_missing"),
    ("GET", "/metrics", "strict-reader", 403, "key_not_allowed"),
    ("GET", "/metrics", "reader", 200, ""),
    ("GET", "/metrics", "admin", 200, ""),
    ("GET", "/health/live", "", 200, ""),
];

#[tokio::test]
async fn each_scope_opens_its_doors_only() {
    let stage = Stage::with(&KEYS, &[]).await;
    for (method, path, key, status, code) in TABLE {
        let request = stage.request(method, key, path);
        let answer = stage.gateway.call(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status, "{method} {path} {key}: {}", answer.text());
        if status >= 400 {
            answer.assert_error(status, code);
        }
        assert_eq!(
            answer.header("www-authenticate") == "Bearer",
            status == 401,
            "{path} {key}"
        );
        for (name, ..) in KEYS {
            assert!(
                !answer.text().contains(stage.key(name)),
                "a key is told: {}",
                answer.text()
            );
        }
    }
    let books = stage.get("strict-reader", "/ledger?from=1h").await.json();
    assert_eq!(books["entries"], json!([]), "of its site only");
    let own = stage.get("strict-reader", REPORT).await.json();
    assert_eq!(own["parameters"]["site"], "strict", "its only site is its default");
}

/// A Prometheus beside the gateway needs no key; what an unknown web server forwards comes from anywhere.
#[tokio::test]
async fn metrics_are_for_who_is_near() {
    let gateway = TestGateway::with(&["--listen=0.0.0.0:8080", "--trusted-proxies=10.0.0.1"]).await;
    for (peer, forwarded, status) in [
        ("127.0.0.1", "", 200),
        ("::1", "", 200),
        ("::ffff:10.1.2.3", "", 200),
        ("172.18.0.4", "", 200),
        ("192.168.1.9", "", 200),
        ("fd12::1", "", 200),
        ("fe80::1", "", 200),
        ("203.0.113.7", "", 401),
        ("172.32.0.1", "", 401),
        ("2001:db8::1", "", 401),
        ("10.0.0.1", "203.0.113.7", 401),
        ("10.0.0.1", "192.168.1.9", 200),
        ("127.0.0.1", "203.0.113.7", 401),
        ("127.0.0.1", "192.168.1.9", 401),
    ] {
        let mut request = Request::get("/metrics");
        if !forwarded.is_empty() {
            request = request.header("x-forwarded-for", forwarded);
        }
        let request = request.body(Body::empty()).unwrap();
        let answer = call_from(peer.parse().unwrap(), &gateway.app, request).await;
        assert_eq!(answer.status, status, "{peer} {forwarded}: {}", answer.text());
    }
    // Nor are the books told; who asked without a keys file reads how to get a key.
    gateway.get("/ledger").await.assert_error(401, "key_required");
}

#[tokio::test]
async fn wrong_keys_open_nothing() {
    let stage = Stage::with(&KEYS, &["--operator-key=operator-0123456789"]).await;
    let reader = stage.key("reader");
    let shorter = &reader[..reader.len() - 1];
    let upper = reader.to_uppercase();
    let unknown = NewKey::make("x", &[Scope::Read], &[]).unwrap();
    for authorization in [
        "Bearer",
        "Bearer ",
        "Bearer cpk_",
        "Digest username=a",
        &format!("Bearer {shorter}"),
        &format!("Bearer {upper}"),
        &format!("Bearer {}", unknown.key),
        &format!("Bearer  {reader}"),
        "Bearer operator-012345678",
        "Basic !!!",
        &basic("anybody", "cpk_"),
    ] {
        let answer = with(&stage.gateway, "GET", REPORT, authorization).await;
        answer.assert_error(401, "wrong_key");
    }
    let answer = with(&stage.gateway, "GET", "/users/", "Bearer operator-0123456789").await;
    assert_eq!(
        answer.status,
        200,
        "the operator's key is one of an administrator: {}",
        answer.text()
    );
}

/// A browser asks people for user and password, and sends them by itself: also with what a foreign page posts.
#[tokio::test]
async fn basic_counts_for_reading_only() {
    let stage = Stage::with(&KEYS, &[]).await;
    let admin = basic("me", stage.key("admin"));
    for path in [REPORT, "/users/"] {
        assert_eq!(with(&stage.gateway, "GET", path, &admin).await.status, 200, "{path}");
    }
    for path in ["/replay", "/create_resource/"] {
        let answer = with(&stage.gateway, "POST", path, &admin).await;
        answer.assert_error(401, "wrong_key");
    }
    // A script asks by itself, and a browser would put its own question over the page's.
    let asked = stage.get("", REPORT).await;
    assert_eq!(asked.headers.get_all("www-authenticate").iter().count(), 1);
    let followed = stage.request("GET", "", REPORT).header("accept", "text/html,*/*;q=0.8");
    let asked = stage.gateway.call(followed.body(Body::empty()).unwrap()).await;
    let schemes: Vec<_> = asked.headers.get_all("www-authenticate").iter().collect();
    assert!(
        schemes.len() == 2 && schemes[1].to_str().unwrap().starts_with("Basic "),
        "{schemes:?}"
    );
    let posted = stage
        .gateway
        .call(
            stage
                .request("POST", "", "/create_resource/")
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(posted.headers.get_all("www-authenticate").iter().count(), 1);
}

#[tokio::test]
async fn without_keys_reports_are_open_on_loopback_only() {
    let open = |answer: &Answer| answer.status != 401;
    for (arguments, expect) in [
        (&["--listen=127.0.0.1:8080"][..], true),
        (&["--listen=[::1]:8080"], true),
        (&["--listen=0.0.0.0:8080"], false),
        (&["--listen=192.0.2.1:8080"], false),
        (&["--listen=0.0.0.0:8080", "--public-reports"], true),
    ] {
        let gateway = TestGateway::with(arguments).await;
        for path in ["/reports", REPORT, "/get_resource/"] {
            let answer = gateway.get(path).await;
            assert_eq!(open(&answer), expect, "{arguments:?} {path}: {}", answer.text());
        }
        // Open or not: these never are.
        for path in ["/users/", "/audit/"] {
            gateway.get(path).await.assert_error(401, "key_required");
        }
    }
    let gateway = TestGateway::start().await;
    with(&gateway, "GET", "/reports", "Bearer some-old-key-of-mine")
        .await
        .assert_error(401, "wrong_key");
    let answer = with(&gateway, "GET", "/reports", &basic("office", "the web server's own")).await;
    assert_eq!(
        answer.status, 200,
        "a password of the web server in front is none of ours"
    );
}

#[tokio::test]
async fn ingest_keys_send_for_their_sites() {
    const SITES: &str = r#"
[[site]]
name = "shop"
base_url = "https://shop.example/"
origins = ["*"]
keys = ["shop-page-0123456789"]
[[site]]
name = "blog"
base_url = "https://blog.example/"
origins = ["*"]
keys = ["blog-page-0123456789"]
"#;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.toml");
    let sender = NewKey::make("sender", &[Scope::Ingest], &["shop".to_owned()]).unwrap();
    let reader = NewKey::make("reader", &[Scope::Read], &[]).unwrap();
    std::fs::write(&file, format!("{}{}", sender.entry, reader.entry)).unwrap();
    let keys_file = format!("--keys-file={}", file.display());
    let gateway = TestGateway::of(SITES, gateway::now, &[&keys_file], |publisher| publisher).await;
    for (site, key, status, code) in [
        ("shop", &sender.key, 202, ""),
        ("blog", &sender.key, 403, "key_not_allowed"),
        ("shop", &reader.key, 401, "wrong_key"),
    ] {
        let request = Request::post(format!("/events?site={site}"))
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {key}"));
        let answer = gateway
            .call(request.body(Body::from(click(1).to_string())).unwrap())
            .await;
        assert_eq!(answer.status, status, "{site}: {}", answer.text());
        if status >= 400 {
            answer.assert_error(status, code);
        }
    }
}

#[tokio::test]
async fn audit_tells_who_did_what() {
    let stage = Stage::with(&KEYS, &[]).await;
    assert_eq!(
        stage
            .post("admin", "/replay?dry_run=1&reason=future", &json!(null))
            .await
            .status,
        200
    );
    stage.get("shop-admin", "/users?limit=7").await;
    stage.get("reader", "/users").await;
    let draft = json!({"name": "CTR", "metric": "element_ctr", "parameters": {"from": "7d"}});
    assert_eq!(stage.post("reader", "/create_resource/", &draft).await.status, 201);
    let audit = stage.get("admin", "/audit/?from=5m").await.json();
    let told = audit["entries"].as_array().unwrap().iter().map(|entry| {
        let text = |field: &str| entry[field].as_str().unwrap().to_owned();
        assert!(text("ended_at") >= text("begun_at"), "{entry}");
        (
            text("who"),
            text("action"),
            text("outcome"),
            entry["parameters"].clone(),
        )
    });
    let told: Vec<_> = told.collect();
    let of = |who: &str, action: &str, parameters| (who.to_owned(), action.to_owned(), "done".to_owned(), parameters);
    let expect = [
        of("reader", "create_resource", draft),
        of(
            "shop-admin",
            "users",
            json!({"site": "shop", "limit": 7, "after": null}),
        ),
        of("admin", "replay", json!({"query": "dry_run=1&reason=future"})),
    ];
    assert_eq!(told, expect, "latest first; refused callers did nothing");
    let first = stage.get("admin", "/audit/?limit=2").await.json();
    let next = first["next"].as_str().unwrap();
    let rest = stage
        .get("admin", &format!("/audit/?limit=2&after={next}"))
        .await
        .json();
    assert_eq!(
        (&rest["entries"][0]["action"], &rest["next"]),
        (&json!("replay"), &json!(null))
    );
    stage
        .get("admin", "/audit/?after=x")
        .await
        .assert_error(400, "invalid_parameter");
}

/// What cannot be written down is not done; what ended without a word is unknown.
#[tokio::test]
async fn nothing_is_done_without_the_audit() {
    let stage = Stage::with(&KEYS, &[]).await;
    stage
        .warehouse
        .execute("RENAME TABLE audit TO audit_away", &[])
        .await
        .unwrap();
    let draft = json!({"name": "CTR", "metric": "element_ctr"});
    stage
        .post("reader", "/create_resource/", &draft)
        .await
        .assert_error(503, "warehouse_unavailable");
    stage
        .get("admin", "/users/")
        .await
        .assert_error(503, "warehouse_unavailable");
    stage
        .post("admin", "/replay", &json!(null))
        .await
        .assert_error(503, "warehouse_unavailable");
    assert_eq!(stage.warehouse.count_saved_reports().await.unwrap(), 0);
    stage
        .warehouse
        .execute("RENAME TABLE audit_away TO audit", &[])
        .await
        .unwrap();
    stage
        .warehouse
        .execute(
            "INSERT INTO audit SELECT generateUUIDv4(), now64(3, 'UTC'), 'admin', 'replay', '{}', 'begun'",
            &[],
        )
        .await
        .unwrap();
    let audit = stage.get("admin", "/audit/").await.json();
    assert_eq!(
        (&audit["entries"][0]["outcome"], &audit["entries"][0]["ended_at"]),
        (&json!("unknown"), &json!(null))
    );
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
}

async fn with(gateway: &TestGateway, method: &str, path: &str, authorization: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", authorization);
    gateway.call(request.body(Body::empty()).unwrap()).await
}
