//! Field by field of `expected.json`, the metric that must say the same.

mod journeys;
mod sales;
mod visits;

use std::collections::HashSet;

use event::Timestamp;
use generator::Expected;
use serde_json::{Map, Value, json};
use warehouse::Warehouse;

/// A metric, its own parameters, and the rows it must have: of each the fields that are known.
struct Check {
    metric: &'static str,
    own: Vec<(&'static str, String)>,
    /// Fields that tell rows apart.
    key: &'static [&'static str],
    rows: Vec<Value>,
    /// Rows with this field at 0 are not expected.
    leave_out: Option<&'static str>,
}

fn check(metric: &'static str, key: &'static [&'static str], rows: Vec<Value>) -> Check {
    Check {
        metric,
        own: Vec::new(),
        key,
        rows,
        leave_out: None,
    }
}

/// `2026-11-22 10:00:00.123`
pub(super) fn date_time(ms: i64) -> String {
    Timestamp(ms).to_string().trim_end_matches('Z').replace('T', " ")
}

/// Every metric that `expected` knows a number of.
pub(super) async fn all(warehouse: &Warehouse, expected: &Expected, when: &str) {
    for check in checks(expected) {
        check.run(warehouse, expected, when).await;
    }
}

fn checks(expected: &Expected) -> Vec<Check> {
    [visits::checks, journeys::checks, sales::checks]
        .into_iter()
        .flat_map(|checks| checks(expected))
        .collect()
}

/// Those that ask for a time zone.
pub(super) async fn of_days(warehouse: &Warehouse, expected: &Expected) {
    for check in checks(expected).into_iter().filter(|check| check.has("tz")) {
        check.run(warehouse, expected, &expected.timezone).await;
    }
}

/// What the scenarios of disorder are about; bots are included in it always.
pub(super) async fn delivery(warehouse: &Warehouse, expected: &Expected) {
    for check in of_delivery(expected) {
        check.run(warehouse, expected, "delivery").await;
    }
}

/// Metrics of `sql/metrics` that nothing is expected of.
pub(super) fn without_truth(expected: &Expected) -> Vec<&'static str> {
    let checked: HashSet<_> = checks(expected)
        .into_iter()
        .chain(of_delivery(expected))
        .map(|check| check.metric)
        .collect();
    let names = warehouse::metrics().iter().map(|metric| &*metric.name);
    names.filter(|name| !checked.contains(name)).collect()
}

fn of_delivery(expected: &Expected) -> [Check; 2] {
    let delivery = &expected.delivery;
    let duplicates = delivery.duplicates as f64 / delivery.sent as f64;
    [
        check(
            "duplicate_share",
            &[],
            vec![json!({"accepted": delivery.sent, "duplicates": delivery.duplicates, "duplicate_share": duplicates})],
        ),
        check(
            "late_share",
            &[],
            vec![json!({
                "events": expected.events,
                "late": delivery.late,
                "late_share": delivery.late as f64 / expected.events as f64,
                "clock_off": delivery.clock_off,
                "clock_off_share": delivery.clock_off_share,
            })],
        ),
    ]
}

impl Check {
    fn has(&self, parameter: &str) -> bool {
        let metric = warehouse::metrics().iter().find(|metric| metric.name == self.metric);
        let metric = metric.unwrap_or_else(|| panic!("there is no metric {}", self.metric));
        metric.parameters.iter().any(|one| one.name == parameter)
    }

    async fn run(&self, warehouse: &Warehouse, expected: &Expected, when: &str) {
        let common = [
            ("site", "shop".to_owned()),
            ("from", date_time(expected.first_ms)),
            ("to", date_time(expected.last_ms + 1)),
            ("tz", expected.timezone.clone()),
            ("bots", u8::from(expected.with_bots).to_string()),
            ("limit", "100000".to_owned()),
        ];
        let is_own = |name: &str| self.own.iter().any(|(own, _)| *own == name);
        let usual = |(name, _): &&(&str, String)| self.has(name) && !is_own(name);
        let given = common.iter().filter(usual).chain(&self.own);
        let given: Vec<_> = given.map(|(name, value)| (*name, value.as_str())).collect();
        let answer = warehouse.metric(self.metric, &given).await;
        let answer = answer.unwrap_or_else(|error| panic!("{}, {when}: {error}", self.metric));
        let mut answer: Value = serde_json::from_slice(&answer).unwrap();
        let found: Vec<Map<String, Value>> = serde_json::from_value(answer["data"].take()).unwrap();
        let is_zero = |row: &Map<String, Value>| self.leave_out.is_some_and(|field| row[field] == 0);
        let mut found: Vec<_> = found.into_iter().filter(|row| !is_zero(row)).collect();
        let mut expected: Vec<_> = self.rows.iter().map(|row| row.as_object().unwrap().clone()).collect();
        let by_key =
            |row: &Map<String, Value>| self.key.iter().map(|name| sortable(row.get(*name))).collect::<Vec<_>>();
        found.sort_by_cached_key(by_key);
        expected.sort_by_cached_key(by_key);
        assert_eq!(found.len(), expected.len(), "{}, {when}: rows", self.metric);
        for (found, expected) in found.iter().zip(&expected) {
            for (name, value) in expected {
                assert!(
                    is_same(&found[name], value),
                    "{}, {when}: {name} is not {value} in {}",
                    self.metric,
                    Value::Object(found.clone())
                );
            }
        }
    }
}

fn sortable(value: Option<&Value>) -> String {
    match value {
        Some(Value::Number(number)) => format!("{:012}", number.as_i64().unwrap() + 100_000),
        Some(value) => value.to_string(),
        None => String::new(),
    }
}

fn is_same(found: &Value, expected: &Value) -> bool {
    let number = |value: &Value| value.as_f64().or(value.as_bool().map(f64::from));
    match (number(found), number(expected)) {
        (Some(found), Some(expected)) => (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
        _ => found == expected,
    }
}
