//! What ClickHouse reads from a Parquet file is what it reads from the CSV file.
#![expect(clippy::unwrap_used, reason = "a helper fails the test that calls it")]

use std::time::Duration;

use embedded_clickhouse::testing;
use generator::{Scenario, Settings, Target, run};
use tokio_util::sync::CancellationToken;

use crate::NOW;

/// More than one group of rows.
const EVENTS: u64 = 70_000;

const COLUMNS: &str =
    "id UUID, type String, created_at DateTime64(3, 'UTC'), session_id String, user_id String, url String,
    referrer String, user_agent String, ip String, event_title String, element_id String,
    x Nullable(Int32), y Nullable(Int32), element_x Nullable(Int32), element_y Nullable(Int32),
    viewport_w Nullable(UInt32), viewport_h Nullable(UInt32), page_w Nullable(UInt32), page_h Nullable(UInt32),
    product_id String, category String, price Nullable(Decimal(18, 4)), currency String, quantity Nullable(UInt32),
    order_id String, status String, error_code String, latency_ms Nullable(UInt32), payload String";

struct Database {
    url: String,
    http: reqwest::Client,
}

impl Database {
    async fn ask(&self, statement: &str, body: Vec<u8>) -> String {
        let mut url = reqwest::Url::parse(&self.url).unwrap();
        url.query_pairs_mut()
            .append_pair("query", statement)
            .append_pair("date_time_input_format", "best_effort");
        let answer = self.http.post(url).body(body).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{statement}: {text}");
        text
    }
}

#[tokio::test]
async fn engine_reads_the_rows_of_the_csv_file() {
    if testing::skipped() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let engine = testing::engine().await;
    let database = Database {
        url: engine.url().to_owned(),
        http: tls::http_client().build().unwrap(),
    };
    let name = engine.database();
    database.ask(&format!("CREATE DATABASE {name}"), Vec::new()).await;
    let mut contents = Vec::new();
    for (to, format) in [(Target::Csv, "CSVWithNames"), (Target::Parquet, "Parquet")] {
        let output = folder.path().join(format);
        let settings = Settings {
            to,
            output: output.clone(),
            count: EVENTS,
            span: Some(Duration::from_secs(7 * 86_400)),
            scenario: Scenario::ClockSkew,
            ..crate::settings()
        };
        run(settings, NOW, CancellationToken::new()).await.unwrap();
        let table = format!("{name}.from_{format}");
        let create = format!("CREATE TABLE {table} ({COLUMNS}) ENGINE = Memory");
        database.ask(&create, Vec::new()).await;
        let bytes = std::fs::read(output).unwrap();
        database
            .ask(&format!("INSERT INTO {table} FORMAT {format}"), bytes)
            .await;
        let query = format!(
            "SELECT count(), sum(cityHash64(formatRow('TSV', *))), countIf(x IS NULL), sum(price * quantity),
                countIf(payload LIKE '%received_at%') FROM {table}"
        );
        contents.push(database.ask(&query, Vec::new()).await);
    }
    assert!(contents[0].starts_with(&EVENTS.to_string()), "{}", contents[0]);
    assert_eq!(contents[1], contents[0]);
}
