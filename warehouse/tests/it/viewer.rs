//! The user of BI tools and people, as `deploy/clickhouse` makes it, on the engine: its profile and its grants are put in the place of
//! those of the engine's only user.

use std::fs;
use std::path::Path;

use embedded_clickhouse::{Engine, library, testing};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use warehouse::{Settings, Warehouse, compat, migrate};

const USERS: &str = include_str!("../../../deploy/clickhouse/users.d/clickpath.xml");
const ACCESS_DENIED: i32 = 497;
const READONLY: i32 = 164;
const CONSTRAINT: i32 = 452;

/// What is between the tags of the first element of that name in the first of the other.
fn inside(outer: &str, name: &str) -> String {
    let between = |xml: &'static str, name: &str| {
        let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap();
        rest.split_once(&format!("</{name}>")).unwrap().0
    };
    between(between(USERS, outer), name).to_owned()
}

struct Server {
    url: String,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl Server {
    async fn start(folder: &Path, users: &str) -> Self {
        fs::create_dir_all(folder.join("users.d")).unwrap();
        let file = folder.join("users.d/test.xml");
        fs::write(file, format!("<clickhouse>{users}</clickhouse>")).unwrap();
        let settings = testing::settings(folder.to_owned());
        let engine = Engine::open(&library::find(&settings).unwrap(), &settings).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let serving = embedded_clickhouse::serve(listener, engine, stop.clone());
        let serving = tokio::spawn(async { serving.await.unwrap() });
        Self { url, stop, serving }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.serving.await.unwrap();
    }
}

#[tokio::test]
async fn viewer_reads_what_it_may_and_within_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let all = "<users><default><grants replace=\"1\"><query>GRANT ALL ON *.*</query></grants></default></users>";
    let server = Server::start(folder.path(), all).await;
    let warehouse = Warehouse::new(&Settings::new(&server.url, "clickpath"));
    migrate::run(&warehouse).await.unwrap();
    compat::apply(&warehouse).await.unwrap();
    server.stop().await;

    let (profile, user) = (inside("profiles", "viewer"), inside("users", "viewer"));
    let (_, grants) = user.split_once("<grants>").unwrap();
    let viewer = format!(
        "<profiles><default replace=\"1\">{profile}</default></profiles>
        <users><default><grants replace=\"1\">{grants}</default></users>"
    );
    let server = Server::start(folder.path(), &viewer).await;
    let warehouse = &Warehouse::new(&Settings::new(&server.url, "clickpath"));
    for sql in [
        "SELECT count() FROM events",
        "SELECT count() FROM orders_view",
        "SELECT payload FROM clickpath.stores_raw",
        "SELECT * FROM shop.orders_fact",
        "SELECT * FROM shop.events_raw",
        "SELECT * FROM clickstream.events",
        "SELECT * FROM ecommerce.products",
        "SELECT COUNT(DISTINCT session_id) FROM analytics.events",
        "SELECT name, engine FROM system.tables",
        "SELECT name, type FROM system.columns",
        // Its bounds are set, and not only bounded.
        "SELECT throwIf(getSetting('max_execution_time') != 30 OR getSetting('max_memory_usage') != 1000000000
            OR getSetting('max_result_rows') != 1000000 OR getSetting('max_rows_to_read') != 2000000000
            OR NOT getSetting('enable_shared_storage_snapshot_in_query')
            OR getSetting('result_overflow_mode') != 'throw' OR getSetting('max_concurrent_queries_for_user') != 8)",
        // What drivers set.
        "SELECT now() SETTINGS session_timezone = 'Asia/Tokyo', max_execution_time = 60, max_threads = 1",
    ] {
        warehouse
            .execute(sql, &[])
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    for (sql, codes) in [
        ("SELECT count() FROM clickpath.audit", &[ACCESS_DENIED][..]),
        ("SELECT bytes FROM clickpath.quarantine", &[ACCESS_DENIED]),
        ("SELECT * FROM system.users", &[ACCESS_DENIED]),
        ("SELECT * FROM system.grants", &[ACCESS_DENIED]),
        ("SELECT * FROM file('/etc/passwd', 'LineAsString')", &[ACCESS_DENIED]),
        (
            "SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')",
            &[ACCESS_DENIED],
        ),
        ("SELECT * FROM remote('127.0.0.1:9', system.one)", &[ACCESS_DENIED]),
        ("BACKUP TABLE clickpath.users TO File('x')", &[ACCESS_DENIED, READONLY]),
        ("SYSTEM STOP MERGES clickpath.events", &[ACCESS_DENIED, READONLY]),
        (
            "INSERT INTO clickpath.saved_reports SELECT * FROM clickpath.saved_reports",
            &[ACCESS_DENIED, READONLY],
        ),
        (
            "ALTER TABLE clickpath.events DELETE WHERE 1",
            &[ACCESS_DENIED, READONLY],
        ),
        ("DROP TABLE clickpath.sessions", &[ACCESS_DENIED, READONLY]),
        (
            "CREATE TABLE clickpath.t (n UInt8) ENGINE = Memory",
            &[ACCESS_DENIED, READONLY],
        ),
        ("SELECT 1 SETTINGS readonly = 0", &[READONLY]),
        ("SELECT 1 SETTINGS max_memory_usage = 1500000000", &[CONSTRAINT]),
        ("SELECT 1 SETTINGS max_memory_usage = 0", &[CONSTRAINT]),
        ("SELECT 1 SETTINGS max_execution_time = 61", &[CONSTRAINT]),
        ("SELECT 1 SETTINGS max_result_rows = 0", &[CONSTRAINT]),
        ("SELECT 1 SETTINGS max_result_rows = 1000001", &[CONSTRAINT]),
        ("SELECT 1 SETTINGS max_rows_to_read = 0", &[CONSTRAINT]),
        ("SELECT 1 SETTINGS max_concurrent_queries_for_user = 9", &[CONSTRAINT]),
        ("SELECT 1 SETTINGS log_queries = 0", &[CONSTRAINT]),
    ] {
        let refused = warehouse.execute(sql, &[]).await;
        let code = refused.expect_err(sql).code();
        assert!(code.is_some_and(|code| codes.contains(&code)), "{sql}: {code:?}");
    }
    server.stop().await;
}

/// What no engine without users can show.
#[test]
fn nobody_else_comes_in() {
    assert!(
        USERS.contains("<default remove=\"1\"/>"),
        "the image's user has every right"
    );
    for (user, variable) in [
        ("clickpath", "CLICKHOUSE_PASSWORD"),
        ("viewer", "CLICKHOUSE_VIEWER_PASSWORD"),
    ] {
        let user = inside("users", user);
        assert!(user.contains(&format!("<password from_env=\"{variable}\"/>")), "{user}");
    }
    let viewer = inside("users", "viewer");
    assert!(
        viewer.contains("<profile>viewer</profile>") && viewer.contains("<quota>viewer</quota>"),
        "{viewer}"
    );
    assert!(inside("quotas", "viewer").contains("<execution_time>"));
}
