use event::EventType;
use serde_json::Value;
use warehouse::MetricError;
use warehouse::metric::{Metric, metrics};

use crate::database;
use crate::marts::{everything, insert};

const GIVEN: [(&str, &str); 5] = [
    ("site", "shop"),
    ("from", "2026-11-22 00:00:00.000"),
    ("to", "2026-11-23 00:00:00.000"),
    ("bots", "1"),
    ("limit", "10"),
];

/// Those a report gives to every metric that wants them; any other has a default.
const USUAL: [&str; 6] = ["site", "from", "to", "tz", "bots", "limit"];

#[test]
fn describes_every_metric() {
    assert!(!metrics().is_empty());
    for metric in metrics() {
        let name = &metric.name;
        for (key, value) in [
            ("title", &metric.title),
            ("unit", &metric.unit),
            ("definition", &metric.definition),
            ("grain", &metric.grain),
            ("chart", &metric.chart),
        ] {
            assert!(!value.is_empty(), "{name} has no {key}");
        }
        let said = metric.sql.lines().find_map(|line| line.strip_prefix("-- parameters: "));
        let listed = said.expect(name).split(", ");
        let mut said: Vec<&str> = listed.map(|one| one.split(" =").next().unwrap()).collect();
        let mut used: Vec<&str> = metric.parameters.iter().map(|parameter| &*parameter.name).collect();
        said.sort_unstable();
        used.sort_unstable();
        assert_eq!(said, used, "{name}");
        for parameter in &metric.parameters {
            let is_usual = USUAL.contains(&&*parameter.name);
            assert_eq!(parameter.default.is_none(), is_usual, "{name}: {parameter:?}");
        }
        for parameter in ["site", "from", "to"] {
            assert!(used.contains(&parameter), "{name} has no parameter {parameter}");
        }
        // One is about bots, the pulse has them in a column, the ledger does not tell them apart.
        let is_for_all = ["bots", "pulse", "duplicate_share"].contains(&name.as_str());
        assert_ne!(used.contains(&"bots"), is_for_all, "{name} and its parameter bots");
    }
}

#[test]
fn reads_parameters_with_their_types() {
    let metric = Metric::parse(
        "x",
        "-- title: X: y\n-- unit: events\n-- parameters: a, b = 1,2, c =\nSELECT {a:DateTime64(3, 'UTC')}, {b:UInt8}, {a:String}, {c:String}",
    );
    assert_eq!((&*metric.title, &*metric.unit), ("X: y", "events"));
    let parameters = metric.parameters.iter();
    let parameters: Vec<_> = parameters
        .map(|one| (&*one.name, &*one.r#type, one.default.as_deref()))
        .collect();
    let expected = [
        ("a", "DateTime64(3, 'UTC')", None),
        ("b", "UInt8", Some("1,2")),
        ("c", "String", Some("")),
    ];
    assert_eq!(parameters, expected);
}

#[tokio::test]
async fn answers_for_every_metric() {
    let warehouse = &database().await;
    let events = everything();
    insert(warehouse, &events, "token").await;
    // How far down a page was seen is told when it is left.
    let viewed = events
        .iter()
        .find(|event| event.event.payload.event_title == "page_view");
    let mut left = viewed.unwrap().clone();
    left.event.id = uuid::Uuid::from_u128(500);
    left.event.event_type = EventType::Server;
    left.event.payload.event_title = "page_leave".into();
    left.event.payload.rest = r#"{"scroll_depth":80}"#.into();
    insert(warehouse, &[left], "left").await;
    for metric in metrics() {
        let has = |name: &str| metric.parameters.iter().any(|parameter| parameter.name == name);
        let all = GIVEN.into_iter().chain([("tz", "UTC")]);
        let given: Vec<_> = all.filter(|(name, _)| has(name)).collect();
        let answer = warehouse.metric(&metric.name, &given).await.unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert!(
            !answer["data"].as_array().unwrap().is_empty(),
            "{}: {answer}",
            metric.name
        );
    }
}

#[tokio::test]
async fn keeps_quotes_in_a_parameter() {
    let warehouse = &database().await;
    let hostile = "it's \\ a\ttab; {x:y} ⚡";
    let rows: Vec<Value> = warehouse
        .rows("SELECT {text:String} AS text", &[("text", hostile)])
        .await
        .unwrap();
    assert_eq!(rows[0]["text"], hostile);
}

#[tokio::test]
async fn refuses_wrong_questions() {
    let warehouse = &database().await;
    let ask = async |name: &str, given: &[(&str, &str)]| warehouse.metric(name, given).await.unwrap_err();
    let error = ask("nonsense", &[]).await;
    assert!(
        matches!(&error, MetricError::UnknownMetric(name) if name == "nonsense"),
        "{error}"
    );
    let error = ask("last_events", &GIVEN[1..]).await;
    assert!(
        matches!(&error, MetricError::MissingParameter { name, .. } if name == "site"),
        "{error}"
    );
    let error = ask("last_events", &[&GIVEN[..], &[("colour", "red")]].concat()).await;
    assert!(
        matches!(&error, MetricError::UnknownParameter { name, .. } if name == "colour"),
        "{error}"
    );
    let error = ask("last_events", &[&GIVEN[..4], &[("limit", "many")]].concat()).await;
    assert!(matches!(&error, MetricError::IllTypedParameter { .. }), "{error:?}");
    let error = ask(
        "last_events",
        &[&GIVEN[..1], &[("from", "yesterday")], &GIVEN[2..]].concat(),
    )
    .await;
    assert!(matches!(&error, MetricError::IllTypedParameter { .. }), "{error:?}");
}

#[test]
fn docs_define_every_metric() {
    const DOCS: &str = include_str!("../../../docs/metrics.md");
    let mut table = "| metric | unit | definition | grain | of its own |\n|---|---|---|---|---|\n".to_owned();
    for metric in metrics() {
        let own = metric.parameters.iter().filter_map(|parameter| {
            let default = parameter.default.as_deref()?;
            Some(format!("`{}={default}`", parameter.name))
        });
        let own: Vec<_> = own.collect();
        let Metric {
            name,
            unit,
            definition,
            grain,
            ..
        } = metric;
        table += &format!("| `{name}` | {unit} | {definition} | {grain} | {} |\n", own.join(", "));
    }
    assert!(DOCS.contains(&table), "put this into docs/metrics.md:\n{table}");
}
