//! `clickpath import` into `clickpath up`, from the file to the rows, beside the same gateway fed with prepared bodies.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use serde_json::json;
use tokio::task::JoinSet;

use super::meter::{Parts, Usage, cpu};
use super::scene::{ENGINE, Scene, UP};
use crate::Warden;
use crate::client::SITES;
use crate::stack::{Topology, beside_this, wait_for};

/// Who imports may say who the visitors were.
const TRUSTED_KEY: &str = "the key of bench import";
/// Of the public data set whose form the second file has.
const CLOTHING_ROWS: u64 = 165_474;
/// Of a prepared body.
const BODY_EVENTS: usize = 1_000;
const STORED_LIMIT: Duration = Duration::from_secs(300);
/// Ends the generated span, so that rows fall into one partition of the table.
const UNTIL: &str = "2026-10-25T00:00:00Z";

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct ImportSettings {
    /// Rows of the generated file.
    #[arg(long, default_value = "1000000")]
    pub rows: u64,
    /// Requests on their way at once.
    #[arg(long, default_value = "4")]
    pub connections: usize,
    /// A setting of the parts, as in CLICKPATH_GROUPS_IN_FLIGHT=8; may be repeated.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = super::setting)]
    pub set: Vec<(&'static str, String)>,
}

/// What a file's rows took.
struct Measured {
    rows: u64,
    /// Until the sender ended.
    sent: Duration,
    /// Until all rows were in the table.
    stored: Duration,
    sender: Duration,
    usage: Usage,
}

/// Prints a table, and one JSON object as the last line. An error when a row was lost or stored twice.
#[expect(clippy::print_stdout, reason = "the table is what a bench is for")]
pub async fn import(settings: ImportSettings) -> anyhow::Result<()> {
    let folder = tempfile::TempDir::with_prefix("clickpath-import-").context("cannot make a temporary folder")?;
    let warden = Warden::start()?;
    let mut environment = vec![("CLICKPATH_TRUSTED_KEY", TRUSTED_KEY.to_owned())];
    environment.extend(settings.set.clone());
    let place = folder.path().join("up");
    let bench = Bench {
        program: beside_this("clickpath")?,
        folder: folder.path().to_owned(),
        settings,
        scene: Scene::start(Topology::Embedded, &environment, &place, &warden).await?,
    };
    bench.generate("warm-up.csv", "csv", 1, 20_000)?;
    bench.import("warm-up.csv", &[], 20_000).await?;
    let rows = bench.settings.rows;
    println!(
        "| what | rows | sent s | stored s | rows/s stored | sender us/row | up us/row | engine us/row | others |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");

    bench.generate("events.csv", "csv", 42, rows)?;
    let imported = bench.import("events.csv", &[], rows).await?;
    println!("{}", imported.line("import, 29 columns"));

    bench.generate("events.jsonl", "jsonl", 7, rows)?;
    let prepared = bench.prepared("events.jsonl", rows).await?;
    println!("{}", prepared.line("the same gateway, prepared bodies"));

    fs::write(folder.path().join("clothing.csv"), clothing())?;
    let clothing = bench
        .import("clothing.csv", &["--mapping", "uci-clothing"], CLOTHING_ROWS)
        .await?;
    println!("{}", clothing.line("import, uci-clothing"));

    let figures = json!({
        "rows_per_s": imported.rows_per_s().round(),
        "reference_rows_per_s": prepared.rows_per_s().round(),
        "ratio_to_reference": round(imported.rows_per_s() / prepared.rows_per_s()),
        "importer_us_per_row": round(imported.sender_us()),
        "sent_s": round(imported.sent.as_secs_f64()),
        "stored_s": round(imported.stored.as_secs_f64()),
        "clothing_sent_s": round(clothing.sent.as_secs_f64()),
        "clothing_stored_s": round(clothing.stored.as_secs_f64()),
        "clothing_importer_us_per_row": round(clothing.sender_us()),
    });
    println!("{}", json!({"bench": "import", "figures": figures}));
    Ok(())
}

struct Bench {
    program: PathBuf,
    folder: PathBuf,
    settings: ImportSettings,
    scene: Scene,
}

impl Bench {
    fn generate(&self, name: &str, to: &str, seed: u64, rows: u64) -> anyhow::Result<()> {
        let mut command = self.command("generate");
        command.args(["--to", to, "--output", name, "--span", "7d", "--until", UNTIL]);
        command.args(["--seed", &seed.to_string(), "--count", &rows.to_string()]);
        let status = command.status().context("cannot start clickpath generate")?;
        ensure!(status.success(), "clickpath generate failed: {status}");
        Ok(())
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg(name)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command.env("CLICKPATH_LOG", "warn");
        command
    }

    async fn import(&self, file: &str, arguments: &[&str], rows: u64) -> anyhow::Result<Measured> {
        let mut command = self.command("import");
        command.args([
            "--gateway-url",
            &self.scene.stack.gateway_url,
            "--trusted-key",
            TRUSTED_KEY,
            "--site",
            SITES[0],
        ]);
        command.args(["--connections", &self.settings.connections.to_string()]);
        command.args(arguments).arg(file);
        self.measure(rows, || async {
            let ended = tokio::task::spawn_blocking(move || run(command));
            ended.await?
        })
        .await
    }

    /// Bodies of a thousand events as a client that has them already would send them.
    async fn prepared(&self, file: &str, rows: u64) -> anyhow::Result<Measured> {
        let text = fs::read_to_string(self.folder.join(file))?;
        let lines: Vec<&str> = text.lines().collect();
        let bodies: Vec<String> = lines
            .chunks(BODY_EVENTS)
            .map(|lines| format!("[{}]", lines.join(",")))
            .collect();
        drop(text);
        let url = format!(
            "{}/events?site={}&source=generator",
            self.scene.stack.gateway_url, SITES[0]
        );
        let connections = self.settings.connections;
        self.measure(rows, || async {
            let load = Parts::load().snapshot()?;
            send(&url, bodies, connections).await?;
            Ok(Parts::load().snapshot()?.since(&load).of(super::meter::LOAD))
        })
        .await
    }

    async fn measure<F: Future<Output = anyhow::Result<Duration>>>(
        &self,
        rows: u64,
        send: impl FnOnce() -> F,
    ) -> anyhow::Result<Measured> {
        let before = self.scene.rows().await?;
        let snapshot = self.scene.parts.snapshot()?;
        let began = Instant::now();
        let sender = send().await?;
        let sent = began.elapsed();
        wait_for("the last row", STORED_LIMIT, || async {
            let stored = self.scene.rows().await? - before;
            ensure!(stored >= rows, "{stored} of {rows} rows are stored");
            Ok(())
        })
        .await?;
        let stored = began.elapsed();
        let usage = self.scene.parts.snapshot()?.since(&snapshot);
        let ids = self.scene.database.number("SELECT uniqExact(id) FROM events").await?;
        ensure!(ids == before + rows, "{ids} ids of {} rows", before + rows);
        Ok(Measured {
            rows,
            sent,
            stored,
            sender,
            usage,
        })
    }
}

/// Returns the CPU of the whole run.
fn run(mut command: Command) -> anyhow::Result<Duration> {
    let mut child = command.spawn().context("cannot start clickpath import")?;
    let id = child.id();
    let pid = i32::try_from(id)
        .ok()
        .and_then(Pid::from_raw)
        .context("no process id")?;
    // Its times are there as long as nobody has asked how it ended.
    waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
    let cpu = cpu(id)?;
    let status = child.wait()?;
    ensure!(status.success(), "clickpath import failed: {status}");
    Ok(cpu)
}

async fn send(url: &str, bodies: Vec<String>, connections: usize) -> anyhow::Result<()> {
    let client = tls::http_client().build()?;
    let bodies = Arc::new(Mutex::new(bodies.into_iter()));
    let mut senders = JoinSet::new();
    for _ in 0..connections {
        let (client, url, bodies) = (client.clone(), url.to_owned(), Arc::clone(&bodies));
        senders.spawn(async move {
            while let Some(body) = next(&bodies) {
                let request = client
                    .post(&url)
                    .bearer_auth(TRUSTED_KEY)
                    .header("content-type", "application/json");
                let answer = request.body(body).send().await?;
                let status = answer.status();
                let text = answer.text().await?;
                if status != 202 || !text.ends_with("\"rejected\":[]}") {
                    bail!("{status}: {text}");
                }
            }
            Ok(())
        });
    }
    while let Some(sender) = senders.join_next().await {
        sender??;
    }
    Ok(())
}

fn next(bodies: &Mutex<std::vec::IntoIter<String>>) -> Option<String> {
    bodies.lock().unwrap_or_else(PoisonError::into_inner).next()
}

impl Measured {
    fn rows_per_s(&self) -> f64 {
        self.rows as f64 / self.stored.as_secs_f64()
    }

    fn sender_us(&self) -> f64 {
        self.sender.as_secs_f64() * 1e6 / self.rows as f64
    }

    fn line(&self, what: &str) -> String {
        format!(
            "| {what} | {} | {:.2} | {:.2} | {:.0} | {:.2} | {:.2} | {:.2} | {:.2} |",
            self.rows,
            self.sent.as_secs_f64(),
            self.stored.as_secs_f64(),
            self.rows_per_s(),
            self.sender_us(),
            self.usage.us_per(UP, self.rows),
            self.usage.us_per(ENGINE, self.rows),
            // The sender among them.
            self.usage.others.as_secs_f64() / self.usage.wall.as_secs_f64(),
        )
    }
}

fn round(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// Sessions of seven views each, all values in turn.
fn clothing() -> String {
    let mut text =
        "year;month;day;order;country;session ID;page 1 (main category);page 2 (clothing model);colour;location;\
                    model photography;price;price 2;page\n"
            .to_owned();
    for row in 0..CLOTHING_ROWS {
        let (session, order) = (row / 7 + 1, row % 7 + 1);
        let (month, day) = (4 + row * 5 / CLOTHING_ROWS, 1 + row / 300 % 30);
        let (country, category, model, colour) = (row % 47 + 1, row % 4 + 1, row % 43 + 1, row % 14 + 1);
        let price = 18 + row % 60;
        writeln!(
            text,
            "2008;{month};{day};{order};{country};{session};{category};A{model};{colour};3;1;{price};2;1"
        )
        .expect("a text takes all");
    }
    text
}
