use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use dashboards::{Connection, superset};
use serde_json::{Value, json};

use crate::double::{Answer, Asked, Double, Server};

fn bundle() -> BTreeMap<String, Value> {
    superset::bundle(&Connection::default())
}

fn in_folder<'a>(bundle: &'a BTreeMap<String, Value>, folder: &str) -> Vec<&'a Value> {
    bundle
        .iter()
        .filter(|(path, _)| path.starts_with(folder))
        .map(|(_, value)| value)
        .collect()
}

fn uuids(files: &[&Value]) -> BTreeSet<String> {
    files
        .iter()
        .map(|file| file["uuid"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn links_lead_to_files_of_the_bundle() {
    let bundle = bundle();
    let databases = in_folder(&bundle, "databases/");
    let datasets = in_folder(&bundle, "datasets/");
    let charts = in_folder(&bundle, "charts/");
    let dashboards = in_folder(&bundle, "dashboards/");
    for (of, links, to) in [
        (&datasets, "database_uuid", &databases),
        (&charts, "dataset_uuid", &datasets),
    ] {
        let known = uuids(to);
        assert_eq!(known.len(), to.len(), "two files have one UUID");
        for file in of {
            assert!(known.contains(file[links].as_str().unwrap()), "{file}");
        }
    }
    let known = uuids(&charts);
    assert_eq!(known.len(), charts.len());
    let mut placed = BTreeSet::new();
    for dashboard in &dashboards {
        let position = dashboard["position"].as_object().unwrap();
        for (id, part) in position.iter().filter(|(_, part)| part.is_object()) {
            assert_eq!(part["id"], **id);
            for child in part["children"].as_array().unwrap() {
                assert!(position.contains_key(child.as_str().unwrap()), "{id} has no {child}");
            }
            if part["type"] == "CHART" {
                let uuid = part["meta"]["uuid"].as_str().unwrap();
                assert!(known.contains(uuid), "{part}");
                assert!(placed.insert(uuid.to_owned()), "{part} is there twice");
            }
        }
    }
    assert_eq!(placed, known, "a chart is on no dashboard");
}

#[test]
fn rows_fit_the_grid() {
    for dashboard in in_folder(&bundle(), "dashboards/") {
        let position = dashboard["position"].as_object().unwrap();
        for row in position.values().filter(|part| part["type"] == "ROW") {
            let charts = row["children"].as_array().unwrap();
            let width: u64 = charts
                .iter()
                .map(|id| position[id.as_str().unwrap()]["meta"]["width"].as_u64().unwrap())
                .sum();
            assert!((1..=12).contains(&width), "{row} is {width} wide");
        }
    }
}

#[test]
fn seed_001_finds_its_charts() {
    let bundle = bundle();
    let charts = bundle
        .iter()
        .filter(|(path, _)| path.starts_with("charts/clickstream_"));
    let names: BTreeSet<_> = charts.map(|(_, chart)| chart["slice_name"].as_str().unwrap()).collect();
    let expected = [
        "DAU",
        "WAU",
        "MAU",
        "Clicks to views by element",
        "Heatmap of clicks",
        "Conversion from view to click",
        "Average session duration",
        "Sessions by device type",
        "Top 10 pages",
    ];
    assert_eq!(names, BTreeSet::from(expected));
}

struct Superset;

impl Double for Superset {
    fn answer(&mut self, asked: &Asked) -> Answer {
        let ok = |body: Value| (StatusCode::OK, body);
        match asked.line().as_str() {
            "GET /health" => ok(json!("OK")),
            "POST /api/v1/security/login" if asked.body["password"] == "secret" => ok(json!({"access_token": "jwt"})),
            "POST /api/v1/security/login" => (StatusCode::UNAUTHORIZED, json!({"message": "Not authorized"})),
            "GET /api/v1/security/csrf_token/" => ok(json!({"result": "csrf"})),
            "POST /api/v1/assets/import/" => {
                assert_eq!(asked.headers["authorization"], "Bearer jwt");
                assert_eq!(asked.headers["x-csrftoken"], "csrf");
                ok(json!({"message": "OK"}))
            }
            other => panic!("{other}"),
        }
    }
}

fn settings(server: &Server<Superset>, password: &str) -> superset::Settings {
    superset::Settings {
        url: server.url.clone(),
        user: "admin".to_owned(),
        password: password.to_owned(),
        patience_seconds: 20,
        connection: Connection {
            source_password: "of-the-viewer".to_owned(),
            ..Connection::default()
        },
    }
}

/// The database's password goes beside the bundle, the same bundle each time.
#[tokio::test]
async fn bundle_is_imported_with_its_password() {
    let server = Server::start(Superset).await;
    superset::provision(&settings(&server, "secret")).await.unwrap();
    superset::provision(&settings(&server, "secret")).await.unwrap();
    let log = server.take_log();
    let forms: Vec<_> = log.iter().filter(|asked| asked.path.ends_with("/import/")).collect();
    assert_eq!(forms.len(), 2);
    assert_eq!(forms[0].bytes, forms[1].bytes);
    let text = String::from_utf8_lossy(&forms[0].bytes);
    assert_eq!(text.matches("of-the-viewer").count(), 1);
    assert!(text.contains(r#"{"databases/Clickpath.yaml":"of-the-viewer"}"#));
    assert!(text.contains("viewer:XXXXXXXXXX@clickhouse:8123"));
}

#[tokio::test]
async fn wrong_password_names_the_endpoint() {
    let server = Server::start(Superset).await;
    let error = superset::provision(&settings(&server, "wrong"))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("POST /api/v1/security/login was answered 401"),
        "{error}"
    );
}
