//! The books of the gateway against a real engine; the loader's part is done by hand.

use std::sync::atomic::Ordering;

use embedded_clickhouse::testing;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use warehouse::{EventRow, LedgerMarkRow, LowCardinality, Milliseconds, Warehouse};

use crate::support::{Gate, TestGateway, click, listen, wait_for};

struct Books {
    gateway: TestGateway,
    gate: Gate,
    warehouse: Warehouse,
    shutdown: CancellationToken,
    server: JoinHandle<Result<(), gateway::ServeError>>,
}

impl Books {
    async fn open() -> Self {
        Self::written_every("0.05").await
    }

    async fn written_every(seconds: &str) -> Self {
        let engine = testing::engine().await;
        let database = engine.database();
        let warehouse = Warehouse::new(&warehouse::Settings::new(engine.url(), &database));
        warehouse::migrate::run(&warehouse).await.unwrap();
        let url = format!("--clickhouse-url={}", engine.url());
        let database = format!("--clickhouse-database={database}");
        let write_interval = format!("--ledger-write-interval={seconds}");
        let arguments = [
            url.as_str(),
            database.as_str(),
            write_interval.as_str(),
            "--ledger-check-interval=0.05",
        ];
        let mut gate = None;
        let gateway = TestGateway::behind(&arguments, |publisher| gate.insert(Gate::closed(publisher)).clone()).await;
        let gate = gate.unwrap();
        gate.confirms.add_permits(100);
        let (_, shutdown, server) = listen(&gateway.state).await;
        Self {
            gateway,
            gate,
            warehouse,
            shutdown,
            server,
        }
    }

    async fn totals(&self, query: &str) -> Value {
        let answer = self.gateway.get(&format!("/ledger{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["totals"].clone()
    }

    /// Waits until these totals stand in the books.
    async fn wait_for(&self, query: &str, expected: &[(&str, u64)]) {
        wait_for(&format!("{query} {expected:?}"), async || {
            let totals = self.totals(query).await;
            expected.iter().all(|(name, count)| totals[name] == *count)
        })
        .await;
    }

    /// Stores the next group, as a loader does.
    async fn store(&mut self) {
        let events = self.gateway.next_group().await;
        let rows: Vec<_> = events.iter().map(|event| EventRow::new(event, Uuid::nil())).collect();
        self.warehouse
            .insert_events(&rows, &rows[0].id.to_string())
            .await
            .unwrap();
    }

    /// All that came so far must be stored.
    async fn settle(&self) {
        let now = gateway::now().0;
        let row = LedgerMarkRow {
            writer: Uuid::nil(),
            mark: LowCardinality("settled"),
            until: Milliseconds(now + 3_600_000),
            at: Milliseconds(now),
        };
        self.warehouse.insert_ledger_marks(&[row], "settled").await.unwrap();
    }

    async fn wait_for_gauge(&self, line: &str) {
        wait_for(line, async || self.gateway.get("/metrics").await.text().contains(line)).await;
    }

    async fn close(self) {
        self.shutdown.cancel();
        self.server.await.unwrap().unwrap();
    }
}

fn of_site(number: u64, site: &str) -> Value {
    let mut event = click(number);
    event["site"] = json!(site);
    event
}

#[tokio::test]
async fn row_deleted_by_hand_is_a_gap_of_one() {
    let mut books = Books::open().await;
    let events = json!([click(1), click(2), click(3)]);
    assert_eq!(books.gateway.post("/events", &events).await.status, 202);
    books
        .wait_for("", &[("received", 3), ("accepted", 3), ("in_flight", 3), ("gap", 0)])
        .await;
    books.store().await;
    books.settle().await;
    books.wait_for("", &[("stored", 3), ("in_flight", 0), ("gap", 0)]).await;
    books.wait_for_gauge("clickpath_ledger_gap 0\n").await;
    let delete = "ALTER TABLE events DELETE WHERE id = {id:UUID} SETTINGS mutations_sync = 2";
    let parameters = [("id", crate::support::id(2))];
    let parameters = parameters.each_ref().map(|(name, id)| (*name, id.as_str()));
    books.warehouse.execute(delete, &parameters).await.unwrap();
    books.wait_for("", &[("accepted", 3), ("stored", 2), ("gap", 1)]).await;
    books.wait_for_gauge("clickpath_ledger_gap 1\n").await;
    let entries = books.gateway.get("/ledger?site=shop").await.json()["entries"].clone();
    let gaps = entries.as_array().unwrap().iter().filter(|entry| entry["gap"] == 1);
    assert_eq!(gaps.count(), 1, "{entries}");
    books.close().await;
}

#[tokio::test]
async fn keeps_sites_refusals_and_deferrals_apart() {
    let mut books = Books::open().await;
    let mut refused = click(3);
    refused["session_id"] = json!("");
    let events = json!([click(1), of_site(2, "strict"), refused, of_site(4, "elsewhere")]);
    assert_eq!(books.gateway.post("/events", &events).await.status, 202);
    books.store().await;
    books.gate.failures.store(1, Ordering::SeqCst);
    assert_eq!(books.gateway.post("/events", &click(5)).await.status, 503);
    books
        .wait_for(
            "?site=shop",
            &[
                ("received", 3),
                ("accepted", 1),
                ("rejected", 1),
                ("deferred", 1),
                ("stored", 1),
            ],
        )
        .await;
    books
        .wait_for("?site=strict", &[("received", 1), ("accepted", 1), ("stored", 1)])
        .await;
    books
        .wait_for(
            "",
            &[("received", 5), ("accepted", 2), ("rejected", 2), ("deferred", 1)],
        )
        .await;
    books.close().await;
}

#[tokio::test]
async fn last_counts_are_written_at_the_end() {
    let books = Books::written_every("600").await;
    let warehouse = books.warehouse.clone();
    assert_eq!(books.gateway.post("/events", &click(1)).await.status, 202);
    books.close().await;
    let now = gateway::now().0;
    let ledger = warehouse.ledger(None, now - 600_000, now + 600_000).await.unwrap();
    assert_eq!(ledger.entries.iter().map(|entry| entry.accepted).sum::<u64>(), 1);
}

#[tokio::test]
async fn refuses_unclear_periods() {
    let gateway = TestGateway::start().await;
    let check = async |query: &str, status, code| {
        gateway
            .get(&format!("/ledger?{query}"))
            .await
            .assert_error(status, code);
    };
    check("site=nowhere", 400, "invalid_parameter").await;
    check("from=soon", 400, "invalid_parameter").await;
    check("", 503, "warehouse_unavailable").await;
}
