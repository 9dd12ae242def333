use std::collections::{BTreeMap, BTreeSet};

use dashboards::{Connection, superset};
use serde_json::Value;

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
