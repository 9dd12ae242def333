//! Seed 002's extract, transform and load: the stub of its API, the real pipeline, and the numbers by SQL.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use queue::testing::{Network, Proxy};

use crate::check_failure;
use crate::pipeline::{FERNET_KEY, Pipeline};
use crate::up::{BOUND, request};

pub(crate) const DOOR: [&str; 3] = ["--entities", "--fernet-key", FERNET_KEY];
/// Worked out from the stub's files apart from this program: price times quantity over all lines.
const REVENUE: &str = "6562.54";

/// `clickpath store-api`; killed at the end of its test.
pub(crate) struct StoreApi {
    process: Child,
    pub(crate) address: String,
}

impl StoreApi {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_clickpath"))
            .args(["store-api", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        stdout.read_line(&mut address).unwrap();
        Self {
            process,
            address: address.trim_end().to_owned(),
        }
    }
}

impl Drop for StoreApi {
    fn drop(&mut self) {
        drop((self.process.kill(), self.process.wait()));
    }
}

/// Events, orders by seed 002's definition (by session) and by ours, revenue by events and by orders, products: as the tables
/// have them.
fn numbers(pipeline: &Pipeline) -> String {
    pipeline.sql(
        "SELECT count(), uniqExact(id), uniqExactIf(session_id, event_title = 'order_paid'),
            (SELECT count() FROM orders_view WHERE payment_status = 'paid'),
            sumIf(price * quantity, event_title = 'order_paid'), (SELECT sum(order_value) FROM orders_view),
            (SELECT count() FROM entities), (SELECT count() FROM products)
        FROM events WHERE startsWith(session_id, 'pull-')",
    )
}

/// Seed 002's seven panels, by the reports that answer them.
fn panels(pipeline: &Pipeline) -> Vec<String> {
    let reports = [
        "revenue",
        "orders_by_session",
        "conversion",
        "aov",
        "revenue_by_day",
        "revenue_by_category",
        "top_products",
    ];
    let gateway = pipeline.gateway.replace("http://", "");
    let panel = |report: &str| {
        let path = format!("/reports/{report}?site=shop&from=2026-10-01&to=2026-10-31&format=csv");
        let answer = request(&gateway, "GET", &path, "");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{report}: {answer}");
        body.to_owned()
    };
    reports.map(panel).to_vec()
}

fn whole() -> String {
    format!("324\t324\t40\t40\t{REVENUE}\t{REVENUE}\t20\t20")
}

#[track_caller]
fn wait_for_numbers(pipeline: &Pipeline, expect: &str) {
    let started = Instant::now();
    while numbers(pipeline) != expect {
        assert!(started.elapsed() < BOUND, "{} is not {expect}", numbers(pipeline));
    }
}

/// An event that is stored after everything that was sent before it.
fn wait_for_what_was_sent(pipeline: &Pipeline, session: &str) {
    let event =
        format!(r#"{{"type": "server", "session_id": "{session}", "created_at": "2026-11-22T10:00:00Z", "url": "/"}}"#);
    let gateway = pipeline.gateway.replace("http://", "");
    let answer = request(&gateway, "POST", "/events?site=shop", &event);
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    pipeline.wait_until(
        &format!("SELECT count() FROM events WHERE session_id = '{session}'"),
        "1",
    );
}

#[test]
fn pulling_twice_changes_nothing() {
    let (pipeline, api) = (Pipeline::start(&DOOR), StoreApi::start(&[]));
    let said = pipeline.sends(&["pull", "--api", &api.address]);
    assert!(
        said.contains("20 products and 324 events of 40 carts accepted: 40 orders, revenue 6562.54 USD"),
        "{said}"
    );
    wait_for_numbers(&pipeline, &whole());
    // Steps are in order, and nobody behind them counts as a bot.
    let steps = "SELECT groupArray(step), max(is_bot) FROM (SELECT JSONExtractString(payload, 'step') AS step, is_bot FROM events
        WHERE session_id = 'pull-cart-2' ORDER BY created_at)";
    assert_eq!(pipeline.sql(steps), "['view','cart','','purchase']\tfalse");

    let before = panels(&pipeline);
    let said =
        |report: usize, part: &str| assert!(before[report].contains(part), "{part} is not in {}", before[report]);
    said(0, "\"USD\",6562.54,6562.54,40,40");
    said(1, "\"USD\",40,6562.54,164.0635");
    said(2, "40,40,81,1,0.4938");
    said(5, "\"outdoors\",\"USD\",2708.05,20");
    said(6, "\"7\",\"USD\",979,4,11,4");

    pipeline.sends(&["pull", "--api", &api.address, "--batch", "10"]);
    wait_for_what_was_sent(&pipeline, "after the second pull");
    assert_eq!(numbers(&pipeline), whole());
    assert_eq!(panels(&pipeline), before);
    pipeline.stop();
}

#[test]
fn changed_rating_is_the_products_last_version() {
    let pipeline = Pipeline::start(&DOOR);
    pipeline.sends(&["pull", "--api", &StoreApi::start(&[]).address]);
    let rating = "SELECT rating_rate, rating_count, price FROM products WHERE id = '11'";
    pipeline.wait_until("SELECT count() FROM products", "20");
    let before = pipeline.sql(rating);

    let changed = pipeline.path().join("store");
    fs::create_dir(&changed).unwrap();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../pull/stub/");
    for name in ["carts.json", "users.json"] {
        fs::copy(format!("{shipped}{name}"), changed.join(name)).unwrap();
    }
    let products = fs::read_to_string(format!("{shipped}products.json")).unwrap();
    let line = products.lines().find(|line| line.contains("\"id\": 11,")).unwrap();
    let (head, _) = line.split_once("\"rating\"").unwrap();
    let better = format!("{head}\"rating\": {{\"rate\": 4.9, \"count\": 1001}}}},");
    fs::write(changed.join("products.json"), products.replace(line, &better)).unwrap();

    let api = StoreApi::start(&["--store-data", changed.to_str().unwrap()]);
    pipeline.sends(&["pull", "--api", &api.address]);
    pipeline.wait_until(rating, "4.9\t1001\t109.95");
    assert_ne!(before, "4.9\t1001\t109.95");
    assert_eq!(pipeline.sql("SELECT count() FROM products"), "20");
    assert_eq!(
        pipeline.sql("SELECT count() FROM entities"),
        "21",
        "one product was written again"
    );
    pipeline.stop();
}

#[test]
fn next_pull_completes_what_died_midway() {
    let pipeline = Pipeline::start(&DOOR);
    // The API dies in the middle of the carts.
    let dying = StoreApi::start(&["--die-after", "2"]);
    let died = pipeline.send(&[
        "pull",
        "--api",
        &dying.address,
        "--attempts",
        "2",
        "--api-pause-ms",
        "1",
    ]);
    check_failure(
        &died,
        &[&format!("{}/carts gave no answer, attempt 2 of 2", dying.address)],
    );
    // Fails twice, and is well then; the program dies with a part of the events sent.
    let api = StoreApi::start(&["--fail-first", "2"]);
    killed_while_sending(&pipeline, &api);
    let sent = pipeline
        .sql("SELECT count() FROM events WHERE startsWith(session_id, 'pull-')")
        .parse::<u32>()
        .unwrap();
    assert!((1..324).contains(&sent), "{sent} of 324 events sent");

    pipeline.sends(&["pull", "--api", &api.address]);
    wait_for_numbers(&pipeline, &whole());
    wait_for_what_was_sent(&pipeline, "after all");
    assert_eq!(numbers(&pipeline), whole());
    pipeline.stop();
}

/// Kills `clickpath pull` when the network to the gateway lets nothing more pass and the first events are stored.
fn killed_while_sending(pipeline: &Pipeline, api: &StoreApi) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let target = pipeline.gateway.replace("http://", "");
    let proxy = runtime.block_on(Proxy::start([target])).unwrap();
    // Some of the requests with one event each, after the products' one.
    proxy.set(Network::Narrow { bytes: 30_000 });
    let mut pull = Command::new(env!("CARGO_BIN_EXE_clickpath"))
        .args(["pull", "--batch", "1", "--api", &api.address, "--api-pause-ms", "1"])
        .args(["--gateway-url", &format!("http://{}", proxy.address())])
        .current_dir(pipeline.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    pipeline.wait_until("SELECT count() > 0 FROM events", "1");
    pull.kill().unwrap();
    pull.wait().unwrap();
    wait_for_what_was_sent(pipeline, "after the death");
}
