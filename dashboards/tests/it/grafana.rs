use std::collections::BTreeSet;

use dashboards::model::Tool;
use dashboards::{Connection, catalogue, grafana};
use serde_json::Value;

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
