use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use axum::http::{Method, StatusCode};
use dashboards::model::Tool;
use dashboards::{Connection, catalogue, grafana};
use serde_json::{Value, json};

use crate::double::{Answer, Asked, Double, Server};

/// Panels of a dashboard, those in closed rows too, without the rows.
fn panels(body: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    for panel in body["panels"].as_array().unwrap() {
        if panel["type"] == "row" {
            found.extend(panel["panels"].as_array().unwrap().clone());
        } else {
            found.push(panel.clone());
        }
    }
    found
}

fn bodies() -> Vec<Value> {
    let connection = Connection::default();
    catalogue::of(Tool::Grafana)
        .map(|dashboard| grafana::body(dashboard, &connection))
        .collect()
}

#[test]
fn panels_have_ids_of_their_own_and_do_not_overlap() {
    for body in bodies() {
        let title = body["title"].as_str().unwrap();
        let mut ids = BTreeSet::new();
        let mut squares = BTreeSet::new();
        let panels = panels(&body);
        assert!(!panels.is_empty(), "{title}");
        for panel in &panels {
            assert!(
                ids.insert(panel["id"].as_u64().unwrap()),
                "{title}: two panels {}",
                panel["id"]
            );
        }
        // What lies in a closed row has places of its own.
        let open = body["panels"].as_array().unwrap();
        let open = open
            .iter()
            .filter(|panel| panel["type"] != "row" || panel["collapsed"] == true);
        for panel in open {
            let place = |name: &str| panel["gridPos"][name].as_u64().unwrap();
            assert!(place("x") + place("w") <= 24, "{title}: {}", panel["title"]);
            for x in place("x")..place("x") + place("w") {
                for y in place("y")..place("y") + place("h") {
                    assert!(squares.insert((x, y)), "{title}: {} lies on another", panel["title"]);
                }
            }
        }
    }
}

#[test]
fn panels_ask_provisioned_datasources() {
    for body in bodies() {
        for panel in panels(&body) {
            let uid = panel["datasource"]["uid"].as_str().unwrap();
            assert!(
                [grafana::CLICKHOUSE_UID, grafana::PROMETHEUS_UID].contains(&uid),
                "{uid}"
            );
            for target in panel["targets"].as_array().unwrap() {
                assert_eq!(target["datasource"], panel["datasource"]);
                let query = target["rawSql"].as_str().or(target["expr"].as_str()).unwrap();
                assert!(!query.is_empty() && !query.contains("{site:String}"), "{query}");
            }
        }
    }
}

/// Each of our names in a question to Prometheus is one that gateway or loader registers.
#[test]
fn panels_ask_for_registered_metrics() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let sources = ["gateway/src", "loader/src"]
        .map(|folder| sources(&root.join(folder)))
        .concat();
    for body in bodies() {
        for panel in panels(&body) {
            for target in panel["targets"].as_array().unwrap() {
                let words = target["expr"].as_str().unwrap_or_default();
                let words = words.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
                for name in words.filter(|word| word.starts_with("clickpath_") || word.starts_with("process_")) {
                    let known = stems(name).iter().any(|stem| sources.contains(&format!("\"{stem}\"")));
                    assert!(known, "{}: nobody registers {name}", panel["title"]);
                }
            }
        }
    }
}

/// The name without what its kind and unit add to it, and as the loader registers it.
fn stems(name: &str) -> Vec<String> {
    let mut stems = vec![name.to_owned()];
    let mut rest = name;
    for suffix in ["_bucket", "_sum", "_count", "_total", "_seconds", "_bytes"] {
        if let Some(stem) = rest.strip_suffix(suffix) {
            rest = stem;
            stems.push(stem.to_owned());
        }
    }
    let of_loader = |stem: &String| stem.strip_prefix("clickpath_loader_").map(str::to_owned);
    let of_loader: Vec<_> = stems.iter().filter_map(of_loader).collect();
    stems.into_iter().chain(of_loader).collect()
}

fn sources(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                std::fs::read_to_string(path).unwrap()
            }
        })
        .collect()
}

/// Names as the seeds write them.
#[test]
fn seeds_find_their_panels() {
    let bodies = bodies();
    let titles = |dashboard: &str| {
        let body = bodies.iter().find(|body| body["title"] == dashboard).unwrap();
        panels(body)
            .iter()
            .map(|panel| panel["title"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        titles("E-commerce analytics"),
        [
            "Total Revenue",
            "Total Orders",
            "Conversion Rate",
            "Average Order Value",
            "Daily Revenue Trend",
            "Revenue by Category",
            "Top Products by Revenue"
        ]
    );
    assert!(titles("ProbablyFresh MVP Checks").contains(&"Stores".to_owned()));
    assert!(titles("Clickstream").contains(&"Top 10 pages".to_owned()));
}

/// As much of Grafana as provisioning meets.
#[derive(Default)]
struct Grafana {
    stored: BTreeMap<String, Value>,
}

impl Double for Grafana {
    fn answer(&mut self, asked: &Asked) -> Answer {
        let ok = |body: Value| (StatusCode::OK, body);
        if asked.path == "/api/health" {
            return ok(json!({"database": "ok"}));
        }
        // admin:secret
        if asked.headers["authorization"] != "Basic YWRtaW46c2VjcmV0" {
            return (
                StatusCode::UNAUTHORIZED,
                json!({"message": "Invalid username or password"}),
            );
        }
        let key = match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", path) => {
                return match self.stored.get(path) {
                    Some(value) => ok(value.clone()),
                    None => (StatusCode::NOT_FOUND, json!({"message": "not found"})),
                };
            }
            ("POST", "/api/datasources") => format!("/api/datasources/uid/{}", asked.body["uid"].as_str().unwrap()),
            ("POST", "/api/folders") => format!("/api/folders/{}", asked.body["uid"].as_str().unwrap()),
            ("POST", "/api/dashboards/db") => {
                assert_eq!(asked.body["overwrite"], true);
                format!(
                    "/api/dashboards/uid/{}",
                    asked.body["dashboard"]["uid"].as_str().unwrap()
                )
            }
            ("PUT", path) => path.to_owned(),
            other => panic!("{other:?}"),
        };
        let replaces = asked.method == Method::PUT || asked.body["overwrite"] == true;
        if self.stored.contains_key(&key) && !replaces {
            return (StatusCode::CONFLICT, json!({"message": "there is one with this uid"}));
        }
        self.stored.insert(key, asked.body.clone());
        ok(json!({}))
    }
}

fn settings(server: &Server<Grafana>) -> grafana::Settings {
    grafana::Settings {
        url: server.url.clone(),
        user: "admin".to_owned(),
        password: "secret".to_owned(),
        patience_seconds: 20,
        wait_only: false,
        connection: Connection::default(),
    }
}

#[tokio::test]
async fn second_run_overwrites() {
    let server = Server::start(Grafana::default()).await;
    let written = grafana::provision(&settings(&server)).await.unwrap();
    assert_eq!(written.len(), catalogue::of(Tool::Grafana).count());
    let before = server.with(|grafana| grafana.stored.clone());
    grafana::provision(&settings(&server)).await.unwrap();
    assert_eq!(server.with(|grafana| grafana.stored.clone()), before);
}

#[tokio::test]
async fn waits_for_what_files_bring() {
    let server = Server::start(Grafana::default()).await;
    let waiting = grafana::Settings {
        wait_only: true,
        patience_seconds: 0,
        ..settings(&server)
    };
    let error = grafana::provision(&waiting).await.unwrap_err().to_string();
    assert!(error.contains("/api/dashboards/uid/clickpath"), "{error}");
    grafana::provision(&settings(&server)).await.unwrap();
    assert_eq!(grafana::provision(&waiting).await.unwrap()[0], "/d/clickpath");
}
