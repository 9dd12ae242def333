//! The operator's token, what it opens, and to whom; the page that shows sites in a frame.

use axum::body::Body;
use axum::http::{Method, Request};
use event::Timestamp;
use gateway::Scope;
use serde_json::{Value, json};

use crate::reports::Stage;
use crate::support::{Answer, TestGateway, click};

const KEYS: [(&str, &[Scope], &[&str]); 3] = [
    ("sender", &[Scope::Ingest], &[]),
    ("reader", &[Scope::Read], &[]),
    ("strict-reader", &[Scope::Read], &["strict"]),
];
const CLICKS: &str = "/overlay/reports/click_map?path=/catalog";
const OWN: &str = "https://www.strict.example";
const OTHER: &str = "https://evil.example";

async fn ask(gateway: &TestGateway, path: &str, credential: &str, origin: &str) -> Answer {
    let mut request = Request::get(path);
    if !credential.is_empty() {
        request = request.header("authorization", format!("Bearer {credential}"));
    }
    if !origin.is_empty() {
        request = request.header("origin", origin);
    }
    gateway.call(request.body(Body::empty()).unwrap()).await
}

async fn token(stage: &Stage, key: &str, site: &str) -> String {
    let answer = stage
        .post(key, &format!("/overlay/token?site={site}"), &Value::Null)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()["token"].as_str().unwrap().to_owned()
}

/// A click on a button of 200 by 50 pixels, at its point.
fn button_click(id: u64, x: i64, y: i64) -> Value {
    let mut event = click(id);
    let place = json!({"x": 400 + x, "y": 300 + y, "element_x": x, "element_y": y, "element_w": 200, "element_h": 50, "page_w": 1_000});
    for (name, value) in place.as_object().unwrap() {
        event["payload"][name] = value.clone();
    }
    event
}

#[tokio::test]
async fn token_reads_where_its_site_was_clicked() {
    let mut stage = Stage::with(&KEYS, &[]).await;
    let mut gone = click(4);
    gone["payload"]["element_x"] = json!(7);
    gone["payload"]["element_y"] = json!(8);
    stage
        .store(&[
            button_click(1, 50, 10),
            button_click(2, 51, 10),
            button_click(3, 150, 40),
            gone,
            click(5),
        ])
        .await;
    let made = stage
        .post("reader", "/overlay/token/?site=shop", &Value::Null)
        .await
        .json();
    assert_eq!(
        (&made["site"], &made["pages"]),
        (&json!("shop"), &json!("https://shop.example/"))
    );
    let expires: Timestamp = made["expires_at"].as_str().unwrap().parse().unwrap();
    let lasts = expires.0 - gateway::now().0;
    assert!((3_500_000..=3_600_000).contains(&lasts), "{lasts}");

    let token = made["token"].as_str().unwrap();
    let answer = ask(&stage.gateway, CLICKS, token, "").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let report = answer.json();
    let places: Vec<_> = report["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let number = |name: &str| row[name].as_f64().unwrap();
            let place = row["place"].as_str().unwrap();
            (place, number("at_x"), number("at_y"), number("clicks"))
        })
        .collect();
    let mut expect = vec![
        ("share", 0.25, 0.2, 1.0),
        ("share", 0.255, 0.2, 1.0),
        ("share", 0.75, 0.8, 1.0),
        ("offset", 7.0, 8.0, 1.0),
        ("page", 445.0, 315.0, 1.0),
    ];
    let order = |one: &(&str, f64, f64, f64), other: &(&str, f64, f64, f64)| one.partial_cmp(other).unwrap();
    let mut places = places;
    places.sort_by(order);
    expect.sort_by(order);
    // Both of one hundredth of the button are one row.
    expect.retain(|(_, x, ..)| *x != 0.255);
    assert_eq!(places.len(), 4, "{places:?}");
    let merged = places.iter().position(|place| place.3 == 2.0).unwrap();
    assert_eq!(places[merged], ("share", 0.2525, 0.2, 2.0));
    places.remove(merged);
    expect.retain(|(_, x, ..)| *x != 0.25);
    assert_eq!(places, expect);
    assert_eq!(report["parameters"]["site"], "shop");
}

#[tokio::test]
async fn everybody_else_is_told_why_not() {
    let stage = Stage::with(&KEYS, &[]).await;
    let gateway = &stage.gateway;
    let (shop, strict) = (
        token(&stage, "reader", "shop").await,
        token(&stage, "strict-reader", "strict").await,
    );
    let forged = shop.replace("_shop", "_strict");
    for (path, credential, origin, status, code) in [
        (CLICKS, "", "", 401, "key_required"),
        (CLICKS, "cpk_0", "", 401, "wrong_key"),
        (CLICKS, "cpo_1_2_shop", "", 401, "wrong_key"),
        (CLICKS, &*forged, "", 401, "wrong_key"),
        (CLICKS, stage.key("sender"), "", 403, "scope_missing"),
        (
            "/overlay/reports/click_map?site=strict",
            &*shop,
            "",
            403,
            "key_not_allowed",
        ),
        (CLICKS, &*strict, OTHER, 403, "origin_not_allowed"),
        ("/overlay/reports/element_ctr", &*shop, "", 404, "unknown_metric"),
        (
            "/overlay/reports/click_map?from=never",
            &*shop,
            "",
            400,
            "invalid_parameter",
        ),
        // A token is no key.
        ("/reports/click_map", &*shop, "", 401, "wrong_key"),
        ("/users/", &*shop, "", 401, "wrong_key"),
        (CLICKS, &*strict, OWN, 200, ""),
        (CLICKS, stage.key("reader"), "", 200, ""),
    ] {
        let answer = ask(gateway, path, credential, origin).await;
        assert_eq!(answer.status, status, "{path} {credential}: {}", answer.text());
        if status >= 400 {
            answer.assert_error(status, code);
        }
        assert_eq!(answer.header("www-authenticate") == "Bearer", status == 401, "{path}");
    }
    for (key, site, status, code) in [
        ("", "shop", 401, "key_required"),
        ("sender", "shop", 403, "scope_missing"),
        ("strict-reader", "shop", 403, "key_not_allowed"),
        ("reader", "nowhere", 400, "invalid_parameter"),
    ] {
        let answer = stage
            .post(key, &format!("/overlay/token?site={site}"), &Value::Null)
            .await;
        answer.assert_error(status, code);
    }
}

#[tokio::test]
async fn too_many_rows_are_refused() {
    let mut stage = Stage::with(&KEYS, &["--clickhouse-read-rows=2"]).await;
    let clicks: Vec<Value> = (1..6).map(|id| button_click(id, 30 * id as i64, 10)).collect();
    stage.store(&clicks).await;
    let token = token(&stage, "reader", "shop").await;
    let answer = ask(&stage.gateway, CLICKS, &token, OWN).await;
    answer.assert_error(422, "too_many_rows");
    assert_eq!(answer.header("access-control-allow-origin"), OWN, "the page reads why");
}

#[tokio::test]
async fn tokens_end_after_an_hour() {
    fn then() -> Timestamp {
        Timestamp(gateway::now().0 - 3_600_001)
    }
    const OPERATOR: &str = "--operator-key=operator-key-of-both";
    const SITES: &str = "[[site]]\nname = \"shop\"\nbase_url = \"https://shop.example/\"\norigins = []\n";
    let earlier = TestGateway::of(SITES, then, &[OPERATOR], |publisher| publisher).await;
    let request = Request::post("/overlay/token?site=shop").body(Body::empty()).unwrap();
    let made = earlier.call(request).await.json();
    let now = TestGateway::of(SITES, gateway::now, &[OPERATOR], |publisher| publisher).await;
    let token = made["token"].as_str().unwrap();
    let answer = ask(&now, CLICKS, token, "https://shop.example").await;
    answer.assert_error(401, "token_expired");
    assert_eq!(answer.header("access-control-allow-origin"), "https://shop.example");
}

#[tokio::test]
async fn open_reports_are_closed_here() {
    // On a loopback address without a keys file anybody may read /reports, but not every page in the browser beside.
    let gateway = TestGateway::start().await;
    ask(&gateway, CLICKS, "", OTHER).await.assert_error(401, "key_required");
}

#[tokio::test]
async fn pages_of_a_sites_origins_may_ask() {
    const SITES: &str =
        "[[site]]\nname = \"shop\"\nbase_url = \"https://shop.example/\"\norigins = [\"https://www.shop.example\"]\n";
    let gateway = TestGateway::of(SITES, gateway::now, &["--tracker-path=/stats/x.js"], |publisher| {
        publisher
    })
    .await;
    for path in ["/overlay/reports/click_map", "/stats/overlay/reports/click_map/"] {
        for (origin, allowed) in [("https://www.shop.example", true), (OTHER, false)] {
            let request = Request::builder()
                .method(Method::OPTIONS)
                .uri(path)
                .header("origin", origin)
                .header("access-control-request-method", "GET")
                .header("access-control-request-headers", "authorization");
            let answer = gateway.call(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, 204, "{path}");
            let expect = if allowed { origin } else { "" };
            assert_eq!(answer.header("access-control-allow-origin"), expect);
            assert_eq!(
                answer.header("access-control-allow-headers"),
                if allowed { "authorization" } else { "" }
            );
            assert_eq!(answer.header("access-control-allow-credentials"), "");
            assert_eq!(answer.header("vary"), "origin");
        }
    }
}

#[tokio::test]
async fn files_lie_beside_the_tracker() {
    let gateway = TestGateway::with(&["--tracker-path=/stats/x.js"]).await;
    for path in ["/overlay/overlay.js", "/stats/overlay/overlay.js"] {
        let answer = gateway.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert!(answer.header("cache-control").contains("must-revalidate"));
    }
    let module = gateway.get("/overlay/overlay-0123456789abcdef.wasm").await;
    assert_eq!(module.header("content-type"), "application/wasm");
    assert!(module.header("cache-control").contains("immutable"));
    gateway.get("/overlay/x.js").await.assert_error(404, "not_found");
}

#[tokio::test]
async fn heatmap_may_frame_the_sites_and_nothing_else() {
    let gateway = TestGateway::start().await;
    let answer = gateway.get("/heatmap").await;
    assert_eq!(answer.status, 200);
    let policy = answer.header("content-security-policy");
    assert!(
        policy.ends_with("; frame-src 'self' https://shop.example https://strict.example"),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
}
