//! A cluster of two shards in one engine: each a database of its own, with rows where `clickpath migrate --cluster` sends them, read through
//! `Merge` tables over both. The engine makes the real `Distributed` tables too, but cannot ask itself over the network through them.

use std::fs;

use embedded_clickhouse::{Engine, library, testing};
use serde::Deserialize;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use warehouse::backup::BackupError;
use warehouse::migrate::{self, MigrateError, Shards, distribute};
use warehouse::{EraseError, Settings, Subject, Warehouse};

use super::{Scenario, checks, expected, for_every_table, sending, sent};

/// Besides `shop`. By their hashes they lie on both shards.
const OTHERS: [&str; 3] = ["blog", "docs", "forum"];

/// Two shards, and the names over both.
struct Parted {
    whole: Warehouse,
    shards: [Warehouse; 2],
}

impl Parted {
    /// The scenario's events of `shop`, and the same events of other sites, where `by` sends each row.
    async fn by(key: &str, others: &[&str]) -> Self {
        let engine = testing::engine().await;
        let name = engine.database();
        let database = |part: &str| Warehouse::new(&Settings::new(engine.url(), format!("{name}_{part}")));
        let (all, shards, whole) = (database("all"), [database("s0"), database("s1")], database("whole"));
        for database in [&all, &shards[0], &shards[1]] {
            migrate::run(database).await.unwrap();
        }
        for (number, block) in sent::blocks(sending(Scenario::Normal), 7_001).into_iter().enumerate() {
            all.insert_event_block(&block, &number.to_string()).await.unwrap();
        }
        for (remainder, shard) in shards.iter().enumerate() {
            for_every_table(shard, "SYSTEM STOP MERGES", "").await;
            for site in ["shop"].iter().chain(others) {
                // As the engine `Distributed` does with shards of the same weight.
                let sql = format!(
                    "INSERT INTO events SELECT * FROM (SELECT * REPLACE ('{site}' AS site) FROM {}.events)
                     WHERE {key} % 2 = {remainder}",
                    all.database()
                );
                shard.execute(&sql, &[]).await.unwrap();
            }
        }
        let parted = Self { whole, shards };
        parted.show(&name).await;
        parted
    }

    async fn show(&self, name: &str) {
        #[derive(Deserialize)]
        struct Table {
            name: String,
        }
        let [model, _] = &self.shards;
        let sql = format!("CREATE DATABASE {}", self.whole.database());
        model.execute(&sql, &[]).await.unwrap();
        let sql = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine != 'MaterializedView'";
        for Table { name: table } in model.rows(sql, &[]).await.unwrap() {
            let sql = format!(
                "CREATE TABLE {table} AS {}.{table} ENGINE = Merge(REGEXP('^{name}_s[01]$'), '^{table}$')",
                model.database()
            );
            self.whole.execute(&sql, &[]).await.unwrap();
        }
    }
}

async fn number(warehouse: &Warehouse, sql: &str) -> u64 {
    #[derive(Deserialize)]
    struct Number {
        n: u64,
    }
    let rows: Vec<Number> = warehouse.rows(sql, &[]).await.unwrap();
    rows[0].n
}

#[tokio::test]
async fn metrics_of_a_site_are_whole() {
    let Parted { whole, shards } = Parted::by("cityHash64(site)", &OTHERS).await;
    let sites = "SELECT uniqExact(site) AS n FROM events";
    let [one, two] = [number(&shards[0], sites).await, number(&shards[1], sites).await];
    assert!(one > 0 && two > 0, "all sites are on one shard");
    assert_eq!(one + two, 1 + OTHERS.len() as u64, "a site is on both shards");
    checks::all(&whole, &expected(Scenario::Normal, "UTC", false), "on two shards").await;
    checks::of_days(&whole, &expected(Scenario::Normal, "Asia/Kathmandu", false)).await;
}

/// Why it is the site: what belongs together and lies apart is put together by nothing that reads it.
#[tokio::test]
async fn sessions_users_and_orders_that_lie_apart_are_counted_twice() {
    let Parted { whole, shards } = Parted::by("cityHash64(id)", &[]).await;
    for table in ["sessions", "user_first_seen", "orders_fact"] {
        let seen = number(
            &whole,
            &format!("SELECT count() AS n FROM {table} FINAL WHERE site = 'shop'"),
        )
        .await;
        let keys = match table {
            "sessions" => "session_id",
            "user_first_seen" => "(user_id, is_bot)",
            _ => "order_id",
        };
        let there = number(
            &whole,
            &format!("SELECT uniqExact({keys}) AS n FROM {table} WHERE site = 'shop'"),
        )
        .await;
        assert!(seen > there, "{table}: {seen} rows of {there}");
    }
    assert!(number(&shards[0], "SELECT count() AS n FROM events").await > 0);
}

/// An engine whose servers are a cluster, by their configuration. Nothing listens there.
struct Cluster {
    url: String,
    _stop: DropGuard,
    _folder: TempDir,
}

const LOCAL: &str = "clickpath_local";
const SHARDS: Shards<'static> = Shards {
    cluster: "clickpath",
    database: LOCAL,
    model: LOCAL,
};

impl Cluster {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let part = |name: &str, content: &str| {
            let folder = folder.path().join(name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("cluster.xml"), content).unwrap();
        };
        let shipped = include_str!("../../../../deploy/cluster/clickhouse/cluster.xml");
        let servers = element(shipped, "clickpath").replace("<secret from_env=\"CLICKHOUSE_CLUSTER_SECRET\"/>", "");
        part(
            "config.d",
            &format!("<clickhouse><remote_servers>{servers}</remote_servers></clickhouse>"),
        );
        part(
            "users.d",
            "<clickhouse><users><default><grants replace=\"1\"><query>GRANT ALL ON *.*</query></grants></default></users></clickhouse>",
        );
        let settings = testing::settings(folder.path().to_owned());
        let engine = Engine::open(&library::find(&settings).unwrap(), &settings).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        tokio::spawn(embedded_clickhouse::serve(listener, engine, stop.clone()));
        Self {
            url,
            _stop: stop.drop_guard(),
            _folder: folder,
        }
    }

    fn database(&self, name: &str) -> Warehouse {
        Warehouse::new(&Settings::new(&self.url, name))
    }

    /// A node with the schema, and the names over it.
    async fn migrated(&self) -> Warehouse {
        migrate::run(&self.database(LOCAL)).await.unwrap();
        let create = "CREATE DATABASE clickpath";
        self.database("default").execute(create, &[]).await.unwrap();
        let warehouse = self.database("clickpath");
        distribute(&warehouse, SHARDS).await.unwrap();
        warehouse
    }
}

/// The element of that name.
fn element(xml: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let start = xml.find(&open).unwrap();
    let end = xml.find(&close).unwrap() + close.len();
    xml[start..end].to_owned()
}

#[tokio::test]
async fn commands_for_one_server_are_refused() {
    let cluster = Cluster::start().await;
    cluster.migrated().await;
    // By the name that readers use, and by the one of a shard's tables: its proof would be about a part of the rows.
    for name in ["clickpath", LOCAL] {
        let warehouse = &cluster.database(name);
        let error = migrate::run(warehouse).await.unwrap_err();
        assert!(matches!(error, MigrateError::OfCluster { .. }), "{error}");
        let subject = Subject {
            user: "1".to_owned(),
            site: None,
        };
        let error = warehouse.erase_user(&subject, false).await.unwrap_err();
        assert!(matches!(error, EraseError::OfCluster { .. }), "{error}");
        let settings = warehouse::backup::Settings { backup_disk: None };
        let error = warehouse.backup(&settings, "x", |_| ()).await.unwrap_err();
        let of_cluster = |error: &BackupError| matches!(error, BackupError::Marts(EraseError::OfCluster { .. }));
        assert!(of_cluster(&error), "{error}");
        let error = warehouse.restore(&settings, "x", |_| ()).await.unwrap_err();
        assert!(of_cluster(&error), "{error}");
        assert!(
            error
                .to_string()
                .starts_with(&format!("{name} is the database of a cluster")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn every_table_and_view_is_shown_by_its_site() {
    let cluster = Cluster::start().await;
    let warehouse = &cluster.migrated().await;
    let hidden =
        "SELECT count() AS n FROM system.tables WHERE database = 'clickpath_local' AND engine != 'MaterializedView'
        AND name NOT IN (SELECT name FROM system.tables WHERE database = 'clickpath' AND engine = 'Distributed')";
    assert_eq!(number(warehouse, hidden).await, 0);
    let by_site = "SELECT count() AS n FROM system.tables WHERE database = 'clickpath' AND endsWith(engine_full, ', cityHash64(site))')";
    let all = number(
        warehouse,
        "SELECT count() AS n FROM system.tables WHERE database = 'clickpath'",
    )
    .await;
    assert_eq!(number(warehouse, by_site).await, all - 3);
    assert!(all > 25, "{all}");
    // By which a report of one site is asked of one shard.
    let same = "SELECT toUInt64(cityHash64(toLowCardinality('shop')) = cityHash64('shop')) AS n";
    assert_eq!(number(warehouse, same).await, 1);
}

#[tokio::test]
async fn names_follow_the_shards() {
    let cluster = Cluster::start().await;
    let warehouse = &cluster.migrated().await;
    let local = cluster.database(LOCAL);
    for sql in [
        "ALTER TABLE events ADD COLUMN fresh String",
        "CREATE TABLE extra (site String) ENGINE = MergeTree ORDER BY site",
        "DROP VIEW users",
    ] {
        local.execute(sql, &[]).await.unwrap();
    }
    distribute(warehouse, SHARDS).await.unwrap();
    let columns = "SELECT count() AS n FROM system.columns WHERE database = 'clickpath' AND (table, name) IN (('events', 'fresh'), ('extra', 'site'))";
    assert_eq!(number(warehouse, columns).await, 2);
    let users = "SELECT count() AS n FROM system.tables WHERE database = 'clickpath' AND name = 'users'";
    assert_eq!(number(warehouse, users).await, 0);

    let unknown = "CREATE TABLE lost (key String) ENGINE = MergeTree ORDER BY key";
    local.execute(unknown, &[]).await.unwrap();
    let error = distribute(warehouse, SHARDS).await.unwrap_err();
    assert!(
        matches!(&error, MigrateError::NoShard { table } if table == "lost"),
        "{error}"
    );
}

#[tokio::test]
async fn a_table_with_rows_is_never_replaced() {
    let cluster = Cluster::start().await;
    let plain = cluster.database("plain");
    for database in [&plain, &cluster.database(LOCAL)] {
        migrate::run(database).await.unwrap();
    }
    let error = distribute(&plain, SHARDS).await.unwrap_err();
    assert!(matches!(error, MigrateError::Plain { .. }), "{error}");
    let kept = number(&plain, "SELECT count() AS n FROM schema_migrations FINAL").await;
    assert_eq!(kept, migrate::embedded().unwrap().len() as u64);
}
