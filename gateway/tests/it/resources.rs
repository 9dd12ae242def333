//! Saved reports, and their two buckets.

use axum::body::Body;
use gateway::Scope;
use serde_json::{Value, json};

use crate::reports::Stage;
use crate::support::Answer;

const KEYS: [(&str, &[Scope], &[&str]); 2] = [("reader", &[Scope::Read], &[]), ("strict", &[Scope::Read], &["strict"])];

fn draft(name: &str, parameters: &Value) -> Value {
    json!({"name": name, "metric": "element_ctr", "parameters": parameters})
}

#[tokio::test]
async fn saves_a_report_and_gives_it_back() {
    let stage = Stage::with(&KEYS, &[]).await;
    let parameters = json!({"from": "7d", "tz": "Europe/Berlin", "limit": ""});
    let created = stage
        .post("reader", "/create_resource/", &draft("Кнопки за неделю", &parameters))
        .await;
    assert_eq!(created.status, 201, "{}", created.text());
    let saved = created.json();
    assert_eq!(
        saved["parameters"],
        json!({"from": "7d", "site": "shop", "tz": "Europe/Berlin"}),
        "the site is the one meant"
    );
    assert_eq!(
        (&saved["name"], &saved["created_by"]),
        (&json!("Кнопки за неделю"), &json!("reader"))
    );
    let id = saved["id"].as_str().unwrap();
    let location = created.header("location");
    assert_eq!(location, format!("/get_resource/{id}"));
    for path in [
        location.to_owned(),
        format!("{location}/"),
        format!("/get_resource/?id={id}"),
        format!("/get_resource?id={id}"),
    ] {
        assert_eq!(stage.get("reader", &path).await.json(), saved, "{path}");
    }
    let report = stage.get("reader", saved["report"].as_str().unwrap()).await;
    assert_eq!(report.status, 200, "{}", report.text());
    assert_eq!(report.json()["parameters"]["site"], "shop");
    // Of another site than the key's: as if it were not there.
    stage
        .get("strict", location)
        .await
        .assert_error(404, "unknown_resource");
    assert_eq!(
        stage.get("strict", "/get_resource/").await.json()["resources"],
        json!([])
    );
}

#[tokio::test]
async fn lists_the_latest_first_by_pages() {
    let stage = Stage::with(&KEYS, &["--rate-writes-per-second=0"]).await;
    for number in 0..5 {
        let created = stage
            .post("reader", "/create_resource", &draft(&format!("r{number}"), &json!({})))
            .await;
        assert_eq!(created.status, 201, "{}", created.text());
    }
    let mut names = Vec::new();
    let mut path = "/get_resource/?limit=2".to_owned();
    loop {
        let page = stage.get("reader", &path).await.json();
        names.extend(
            page["resources"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["name"].clone()),
        );
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/get_resource/?limit=2&after={next}");
    }
    names.sort_by_key(Value::to_string);
    assert_eq!(names, ["r0", "r1", "r2", "r3", "r4"]);
    stage
        .get("reader", "/get_resource/?limit=0")
        .await
        .assert_error(400, "invalid_parameter");
    stage
        .get("reader", "/get_resource/?id=7")
        .await
        .assert_error(400, "invalid_parameter");
    stage
        .get("reader", "/get_resource/7")
        .await
        .assert_error(404, "unknown_resource");
    let unknown = "/get_resource/0197a1c0-0000-7000-8000-000000000001";
    stage.get("reader", unknown).await.assert_error(404, "unknown_resource");
}

/// (body, status, code, what the message says)
#[tokio::test]
async fn saves_only_what_can_be_asked() {
    let stage = Stage::with(&KEYS, &["--rate-writes-per-second=0"]).await;
    for (body, status, code, says) in [
        (json!([]), 422, "invalid_resource", "no saved report"),
        (json!({"name": "a"}), 422, "invalid_resource", "metric"),
        (
            json!({"name": "a", "metric": "element_ctr", "parameters": {"limit": 5}}),
            422,
            "invalid_resource",
            "string",
        ),
        (
            json!({"name": "a", "metric": "element_ctr", "sql": "SELECT 1"}),
            422,
            "invalid_resource",
            "unknown field",
        ),
        (
            json!({"name": " ", "metric": "element_ctr"}),
            422,
            "invalid_resource",
            "name: must be",
        ),
        (
            json!({"name": "a\u{0}", "metric": "element_ctr"}),
            422,
            "invalid_resource",
            "name: must be",
        ),
        (
            json!({"name": "x".repeat(101), "metric": "element_ctr"}),
            422,
            "invalid_resource",
            "name: must be",
        ),
        (
            json!({"name": "a", "metric": "nothing"}),
            422,
            "invalid_resource",
            "metric: no metric",
        ),
        (
            draft("a", &json!({"from": "soon"})),
            422,
            "invalid_resource",
            "parameters.from: must be",
        ),
        (
            draft("a", &json!({"from": "2010-01-01", "to": "2026-01-01"})),
            422,
            "invalid_resource",
            "parameters.from: must lie",
        ),
        (
            draft("a", &json!({"site": "nowhere"})),
            422,
            "invalid_resource",
            "parameters.site: is not",
        ),
        (
            draft("a", &json!({"format": "csv"})),
            422,
            "invalid_resource",
            "parameters.format: is not known",
        ),
        (
            draft("a", &json!({"x": "y".repeat(20_000)})),
            413,
            "body_too_large",
            "16384",
        ),
    ] {
        let answer = stage.post("reader", "/create_resource/", &body).await;
        answer.assert_error(status, code);
        assert!(answer.text().contains(says), "{says}: {}", answer.text());
    }
    let answer = stage
        .post("strict", "/create_resource/", &draft("a", &json!({"site": "shop"})))
        .await;
    answer.assert_error(403, "key_not_allowed");
    assert_eq!(stage.warehouse.count_saved_reports().await.unwrap(), 0);
}

/// Asks what costs the database nothing until the address is refused: a bucket that fills while a slow answer is made never ends.
async fn exhaust(stage: &Stage, method: &str, path: &str) -> Answer {
    for _ in 0..20 {
        let request = stage.request(method, "", path).body(Body::empty()).unwrap();
        let answer = stage.gateway.call(request).await;
        if answer.status == 429 {
            return answer;
        }
        answer.assert_error(401, "key_required");
    }
    panic!("{method} {path} has no end");
}

#[tokio::test]
async fn gets_and_posts_have_buckets_of_their_own() {
    let arguments = ["--rate-writes-per-second=1", "--rate-reads-per-second=1"];
    let stage = Stage::with(&KEYS, &arguments).await;
    let limited = exhaust(&stage, "POST", "/create_resource/").await;
    limited.assert_error(429, "rate_limited");
    assert_eq!(
        (&limited.json()["error"]["limit"], limited.header("retry-after")),
        (&json!("address_writes"), "1")
    );
    let listed = stage.get("reader", "/get_resource/").await;
    assert_eq!(listed.status, 200, "reading goes on: {}", listed.text());

    let stage = Stage::with(&KEYS, &arguments).await;
    let limited = exhaust(&stage, "GET", "/get_resource/").await;
    limited.assert_error(429, "rate_limited");
    assert_eq!(limited.json()["error"]["limit"], "address_reads");
    let created = stage.post("reader", "/create_resource/", &draft("a", &json!({}))).await;
    assert_eq!(created.status, 201, "saving goes on: {}", created.text());
}
