use std::collections::BTreeSet;

use dashboards::catalogue;
use dashboards::chart::Chart;
use dashboards::model::{Card, Source, Tool};
use dashboards::{grafana, metabase, sql, superset};
use serde_json::{Map, Value, json};
use warehouse::Warehouse;

use crate::truth::{self, DAY_MS, NOW, date_time};

type Row = Map<String, Value>;

/// Days of a zone whose midnight is half past six in the evening of UTC.
const ZONE: &str = "Asia/Kolkata";
const ZONE_MS: i64 = 19_800_000;
const FIRST_DAY: &str = "2026-11-05";
const LAST_DAY: &str = "2026-11-20";
/// 2026-11-05T00:00:00Z.
const FIRST_MS: i64 = NOW.0 - 10 * 3_600_000 - 17 * DAY_MS;

struct Asking {
    warehouse: Warehouse,
    from_ms: i64,
    to_ms: i64,
}

impl Asking {
    /// The query as the tool sends it.
    fn query(&self, tool: Tool, card: &Card) -> Option<String> {
        Some(match tool {
            Tool::Grafana => {
                let query = sql::query(card, &grafana::asked())?;
                grafana::substituted(&query, "shop", ZONE, false, (self.from_ms, self.to_ms))
            }
            Tool::Metabase => {
                let query = sql::query(card, &metabase::asked())?;
                metabase::substituted(&query, "shop", ZONE, false, Some((FIRST_DAY, LAST_DAY)))
            }
            Tool::Superset => {
                let query = superset::without_escapes(&sql::query(card, &superset::asked())?);
                let period = ("2026-11-05 00:00:00", "2026-11-21 00:00:00");
                superset::substituted(&query, "shop", ZONE, false, period)
            }
        })
    }

    async fn rows(&self, query: &str, what: &str) -> Vec<Row> {
        let rows = self.warehouse.rows(query, &[]).await;
        rows.unwrap_or_else(|error| panic!("{what}: {error}\n{query}"))
    }

    /// What `GET /reports/<name>` says.
    async fn report(&self, card: &Card) -> Vec<Row> {
        let Source::Metric { name, own } = card.source else {
            panic!("{} is no metric", card.title());
        };
        let metric = card.metric().unwrap();
        let (from, to) = (date_time(self.from_ms), date_time(self.to_ms));
        let common = [
            ("site", "shop"),
            ("from", &from),
            ("to", &to),
            ("tz", ZONE),
            ("bots", "0"),
            ("limit", "100"),
        ];
        let has = |name: &str| metric.parameters.iter().any(|parameter| parameter.name == name);
        let is_own = |name: &str| own.iter().any(|(given, _)| *given == name);
        let given = common.into_iter().filter(|(name, _)| has(name) && !is_own(name));
        let given: Vec<_> = given.chain(own.iter().copied()).collect();
        let answer = self.warehouse.metric(name, &given).await.unwrap();
        let mut answer: Value = serde_json::from_slice(&answer).unwrap();
        serde_json::from_value(answer["data"].take()).unwrap()
    }
}

async fn asking() -> Asking {
    asking_of(truth::database().await)
}

fn asking_of(warehouse: Warehouse) -> Asking {
    Asking {
        warehouse,
        from_ms: FIRST_MS - ZONE_MS,
        to_ms: FIRST_MS - ZONE_MS + 16 * DAY_MS,
    }
}

#[tokio::test]
async fn each_query_says_what_its_report_says() {
    let asking = asking().await;
    for tool in [Tool::Grafana, Tool::Metabase, Tool::Superset] {
        for dashboard in catalogue::of(tool) {
            for card in dashboard.cards() {
                let what = format!("{tool:?}, {}", dashboard.card_key(card));
                let Some(query) = asking.query(tool, card) else {
                    continue;
                };
                let found = asking.rows(&query, &what).await;
                if !matches!(card.source, Source::Metric { .. }) {
                    assert_eq!(found.len(), 1, "{what}");
                    continue;
                }
                let expected = asking.report(card).await;
                assert!(!expected.is_empty(), "{what} has no rows: a poor test");
                assert_eq!(found, expected, "{what}");
                let columns: BTreeSet<_> = expected[0].keys().map(String::as_str).collect();
                for column in card.shown().columns() {
                    assert!(columns.contains(column), "{what} has no column {column}");
                }
            }
        }
    }
}

/// Superset asks around each dataset; the largest of one value is the value.
#[tokio::test]
async fn superset_asks_around_its_datasets() {
    let asking = asking().await;
    for dashboard in catalogue::of(Tool::Superset) {
        for card in dashboard.cards() {
            let what = dashboard.card_key(card);
            let query = asking.query(Tool::Superset, card).unwrap();
            let shown = card.shown();
            let axes: Vec<_> = shown.by.iter().map(|by| format!("toString({by})")).collect();
            let by = if axes.is_empty() {
                "tuple()".to_owned()
            } else {
                axes.join(", ")
            };
            for value in shown.values {
                let is_sum = card.chart() == Chart::Heatmap;
                let function = if is_sum { "SUM" } else { "MAX" };
                let around = format!(
                    "SELECT count() AS count, sum(value) AS sum FROM (SELECT {by}, {function}({value}) AS value FROM ({query}) AS virtual_table GROUP BY {by})"
                );
                let found = asking.rows(&around, &what).await;
                let rows = asking.report(card).await;
                let sum: f64 = rows.iter().filter_map(|row| row[*value].as_f64()).sum();
                assert!(is_sum || found[0]["count"] == rows.len(), "{what}: {value}");
                let found = found[0]["sum"].as_f64().unwrap_or(0.0);
                assert!(
                    (found - sum).abs() <= 1e-9 * sum.abs().max(1.0),
                    "{what}: {value} {found} {sum}"
                );
            }
        }
    }
}

/// What the report says was counted without a database too.
#[tokio::test]
async fn panels_say_what_happened() {
    let expected = truth::expected("UTC");
    let asking = Asking {
        warehouse: truth::database().await,
        from_ms: expected.first_ms,
        to_ms: expected.last_ms + 1,
    };
    let ask = async |title: &str| {
        let mut cards = catalogue::of(Tool::Grafana).flat_map(|dashboard| dashboard.cards());
        let card = cards
            .find(|card| card.title() == title)
            .unwrap_or_else(|| panic!("no card {title}"));
        let query = sql::query(card, &grafana::asked()).unwrap();
        let query = grafana::substituted(&query, "shop", "UTC", false, (asking.from_ms, asking.to_ms));
        asking.rows(&query, title).await
    };
    assert_eq!(ask("Users").await[0]["users"], expected.users.total);
    assert_eq!(ask("Events").await[0]["events"], expected.events);
    let dau: Vec<_> = ask("DAU").await.iter().map(|row| row["users"].clone()).collect();
    let counted: Vec<_> = expected.users.by_day.iter().map(|day| json!(day.dau)).collect();
    assert_eq!(dau, counted);
    let revenue = ask("Total Revenue").await[0]["net_revenue"].as_f64().unwrap();
    assert!(
        (revenue - expected.orders.net_revenue_cents as f64 / 100.0).abs() < 0.005,
        "{revenue}"
    );
    assert_eq!(ask("Number of orders").await[0]["created"], expected.orders.created);
    let aov = ask("Average Order Value").await[0]["aov"].as_f64().unwrap();
    assert!(
        (aov - expected.orders.average_order_value_cents.unwrap() / 100.0).abs() < 0.005,
        "{aov}"
    );
    let pages = ask("Top 10 pages").await;
    assert_eq!(pages.len(), expected.pages.len().min(10));
    assert_eq!(ask("Stores").await[0]["count"], 45);
    assert_eq!(ask("Stores of Almost").await[0]["count"], 30);
    assert_eq!(ask("Purchases").await[0]["count"], 0);
}

/// Without days in its filters Metabase shows the last thirty.
#[tokio::test]
async fn metabase_begins_with_thirty_days() {
    let asking = asking_of(truth::empty_database().await);
    let card = catalogue::of(Tool::Metabase)
        .flat_map(|dashboard| dashboard.cards())
        .find(|card| card.title() == "DAU");
    let query = sql::query(card.unwrap(), &metabase::asked()).unwrap();
    let query = metabase::substituted(&query, "shop", "UTC", false, None);
    assert_eq!(asking.rows(&query, "DAU").await.len(), 30);
}

/// A quote in a site's name ends no text.
#[tokio::test]
async fn names_are_quoted() {
    let asking = asking_of(truth::empty_database().await);
    let card = catalogue::of(Tool::Grafana).next().unwrap().cards().next().unwrap();
    let site = r"it's \ 'odd";
    let queries = [
        grafana::substituted(
            &sql::query(card, &grafana::asked()).unwrap(),
            site,
            "UTC",
            false,
            (0, 1),
        ),
        metabase::substituted(&sql::query(card, &metabase::asked()).unwrap(), site, "UTC", false, None),
        superset::substituted(
            &sql::query(card, &superset::asked()).unwrap(),
            site,
            "UTC",
            false,
            ("2026-01-01", "2026-01-02"),
        ),
    ];
    for query in queries {
        assert_eq!(asking.rows(&query, site).await[0]["users"], 0);
    }
}
