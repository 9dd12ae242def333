//! The `clickhouse` crate, as the product uses it.

use clickhouse::{Client, Compression, Row};
use embedded_clickhouse::testing;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Row, Serialize, Deserialize)]
struct Visit {
    id: u64,
    page: String,
    price: Option<f64>,
}

fn visits(count: u64) -> Vec<Visit> {
    (0..count)
        .map(|id| Visit {
            id,
            page: format!("/catalog/{}?ref='x\\y'", id % 97),
            price: id.is_multiple_of(3).then_some(id as f64 / 8.0),
        })
        .collect()
}

/// A client in a database of its own, with the table `visits`.
async fn client() -> Client {
    let engine = testing::engine().await;
    let client = Client::default().with_url(engine.url());
    let database = engine.database();
    client
        .query(&format!("CREATE DATABASE {database}"))
        .execute()
        .await
        .unwrap();
    let client = client.with_database(database);
    let table = "CREATE TABLE visits (id UInt64, page String, price Nullable(Float64)) ENGINE = MergeTree ORDER BY id \
                 SETTINGS non_replicated_deduplication_window = 100";
    client.query(table).execute().await.unwrap();
    client
}

async fn insert(client: &Client, rows: &[Visit]) -> clickhouse::error::Result<()> {
    let mut insert = client.insert::<Visit>("visits").await?;
    for row in rows {
        insert.write(row).await?;
    }
    insert.end().await
}

async fn count(client: &Client) -> u64 {
    client.query("SELECT count() FROM visits").fetch_one().await.unwrap()
}

async fn round_trip(client: Client) {
    let rows = visits(50_000);
    insert(&client, &rows).await.unwrap();
    let found = client
        .query("SELECT ?fields FROM visits ORDER BY id")
        .fetch_all::<Visit>()
        .await
        .unwrap();
    assert!(found == rows, "{} rows came back changed", found.len());
}

#[tokio::test]
async fn gives_rows_back_plain() {
    round_trip(client().await.with_compression(Compression::None)).await;
}

#[tokio::test]
async fn gives_rows_back_lz4() {
    round_trip(client().await.with_compression(Compression::Lz4)).await;
}

#[tokio::test]
async fn gives_rows_back_unvalidated() {
    round_trip(client().await.with_validation(false)).await;
}

#[tokio::test]
async fn stores_token_once() {
    let client = client().await.with_setting("insert_deduplication_token", "batch-1");
    insert(&client, &visits(1)).await.unwrap();
    insert(
        &client,
        &[Visit {
            id: 7,
            page: "/other".to_owned(),
            price: None,
        }],
    )
    .await
    .unwrap();
    assert_eq!(count(&client).await, 1);
}

#[tokio::test]
async fn binds_parameters() {
    #[derive(Debug, PartialEq, Row, Deserialize)]
    struct Answer {
        sum: i64,
        text: String,
        list: Vec<u8>,
    }
    let client = client().await;
    let text = "O'Neill \\ \t \n ünïcode";
    let query = client.query("SELECT {number:Int64} + 1 AS sum, {text:String} AS text, {list:Array(UInt8)} AS list");
    let query = query
        .param("number", 41)
        .param("text", text)
        .param("list", vec![1u8, 2]);
    let found = query.fetch_one::<Answer>().await.unwrap();
    assert_eq!(
        found,
        Answer {
            sum: 42,
            text: text.to_owned(),
            list: vec![1, 2]
        }
    );
}

#[tokio::test]
async fn applies_settings() {
    let client = client().await;
    let query = client.query("SELECT value FROM system.settings WHERE name = 'max_block_size'");
    let value: String = query.with_setting("max_block_size", "1234").fetch_one().await.unwrap();
    assert_eq!(value, "1234");
    let error = client
        .query("SELECT 1")
        .with_setting("no_such_setting", "1")
        .fetch_one::<u8>()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("Code: 115"), "{error}");
}

#[tokio::test]
async fn reports_unknown_table() {
    let error = client()
        .await
        .query("SELECT * FROM nowhere")
        .fetch_all::<u8>()
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("Code: 60") && error.to_string().contains("(version 26."),
        "{error}"
    );
}

#[derive(Row, Deserialize)]
struct Line {
    #[expect(dead_code, reason = "only the number of lines counts")]
    x: u8,
    #[expect(dead_code, reason = "only the number of lines counts")]
    y: String,
}

async fn breaks_midway(compression: Compression) {
    let client = client().await.with_compression(compression);
    let sql = "SELECT throwIf(number = 900000, 'too far') AS x, repeat('y', 40) AS y FROM numbers(1000000)";
    let query = client.query(sql).with_setting("max_threads", "1");
    let mut cursor = query.fetch::<Line>().unwrap();
    let mut rows = 0;
    let error = loop {
        match cursor.next().await {
            Ok(Some(_)) => rows += 1,
            Ok(None) => panic!("{rows} rows look like a complete answer"),
            Err(error) => break error,
        }
    };
    assert!(rows > 100_000, "{rows} rows came before the failure");
    assert!(error.to_string().contains("too far"), "{error}");
}

#[tokio::test]
async fn failure_midway_is_an_error() {
    breaks_midway(Compression::None).await;
}

#[tokio::test]
async fn failure_midway_is_an_error_lz4() {
    breaks_midway(Compression::Lz4).await;
}

#[tokio::test]
async fn refuses_other_schema() {
    #[derive(Row, Serialize)]
    struct Wrong {
        id: String,
        page: String,
        price: Option<f64>,
    }
    let client = client().await;
    let row = Wrong {
        id: "1".to_owned(),
        page: String::new(),
        price: None,
    };
    let writer = client.clone();
    let outcome = async move {
        let mut insert = writer.insert::<Wrong>("visits").await?;
        insert.write(&row).await?;
        insert.end().await
    };
    let error = tokio::spawn(outcome)
        .await
        .map_or_else(|panic| panic.to_string(), |outcome| format!("{outcome:?}"));
    assert!(!error.contains("Ok("), "{error}");
    assert_eq!(count(&client).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn serves_eight_at_once() {
    let client = client().await;
    let tasks: Vec<_> = (0..8u64)
        .map(|writer| {
            let client = client.clone();
            tokio::spawn(async move {
                for batch in 0..5 {
                    let mut rows = visits(1000);
                    rows.iter_mut().for_each(|row| row.id += (writer * 5 + batch) * 1000);
                    insert(&client, &rows).await.unwrap();
                    count(&client).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(
        client
            .query("SELECT uniqExact(id) FROM visits")
            .fetch_one::<u64>()
            .await
            .unwrap(),
        40_000
    );
}
