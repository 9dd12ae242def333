use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::Signal;
use tokio::sync::mpsc::unbounded_channel;

use super::freshness::{self, Freshness};
use super::load::{Load, Numbers, Pace, Sent};
use super::meter::{Parts, Usage, peak_mb};
use crate::Warden;
use crate::stack::engine_child::children;
use crate::stack::{Options, Role, Stack, Topology, free_ports, wait_for};
use crate::verify::Database;

pub(super) const GATEWAY: &str = "gateway";
pub(super) const BROKER: &str = "broker";
pub(super) const LOADER: &str = "loader";
pub(super) const ENGINE: &str = "engine";
/// Gateway and loader in one process.
pub(super) const UP: &str = "up";

/// For what waits in the queue after the load.
const DRAIN_LIMIT: Duration = Duration::from_secs(300);
/// Every request comes from one address, which no limit is to hold back.
const UNLIMITED: [&str; 4] = [
    "CLICKPATH_RATE_REQUESTS_PER_SECOND",
    "CLICKPATH_RATE_EVENTS_PER_SECOND",
    "CLICKPATH_MAX_CONNECTIONS_PER_ADDRESS",
    "CLICKPATH_MAX_BODIES_PER_ADDRESS",
];

/// A running topology and what was sent to it.
pub(super) struct Scene {
    pub(super) stack: Stack,
    pub(super) database: Database,
    pub(super) parts: Parts,
    address: SocketAddr,
    loader_metrics: String,
    numbers: Numbers,
    sent: Sent,
}

/// One kind of load and what it cost.
#[derive(Debug, Clone)]
pub(super) struct Phase {
    pub(super) sent: Sent,
    pub(super) usage: Usage,
    /// Stored while the load ran.
    pub(super) rows: u64,
}

/// How each request is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) connections: usize,
    pub(super) events: usize,
    pub(super) time: Duration,
}

/// What became of all events, by id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    pub(super) accepted: u64,
    pub(super) stored: u64,
    pub(super) rows: u64,
    /// Without a receipt: stored or not.
    pub(super) refused: u64,
    /// The stored ids are those that were accepted.
    pub(super) same_ids: bool,
}

impl Scene {
    pub(super) async fn start(
        topology: Topology,
        settings: &[(&'static str, String)],
        folder: &Path,
        warden: &Warden,
    ) -> anyhow::Result<Self> {
        let [metrics] = free_ports()?;
        let loader_metrics = format!("127.0.0.1:{metrics}");
        let mut environment: Vec<_> = UNLIMITED.iter().map(|name| (*name, "0".to_owned())).collect();
        environment.push(("CLICKPATH_LOADER_LISTEN", loader_metrics.clone()));
        environment.extend_from_slice(settings);
        let options = Options {
            topology,
            disk_bytes: None,
            networks: false,
            environment,
        };
        let stack = Stack::start(options, folder, warden).await?;
        let address = stack.gateway_url.trim_start_matches("http://").parse()?;
        Ok(Self {
            parts: parts(&stack)?,
            database: Database::new(&stack.engine_url)?,
            address,
            loader_metrics: format!("http://{loader_metrics}/metrics"),
            numbers: Numbers::default(),
            sent: Sent::default(),
            stack,
        })
    }

    /// As fast as the answers come.
    pub(super) async fn saturate(&mut self, shape: Shape) -> anyhow::Result<Phase> {
        let load = self.load(shape, Pace::Closed);
        let before = self.rows().await?;
        let parts = self.parts.clone();
        let (sent, usage) = self.stack.services.during(load.run(parts)).await??;
        let rows = self.rows().await? - before;
        self.sent.add(sent.clone());
        Ok(Phase { sent, usage, rows })
    }

    /// At a fixed rate, watching some events until they are rows.
    pub(super) async fn pace(&mut self, shape: Shape, per_second: u32) -> anyhow::Result<(Phase, Freshness)> {
        let (probes, watched) = unbounded_channel();
        let pace = Pace::Open {
            per_second,
            probes: Some(probes),
        };
        let load = self.load(shape, pace);
        let before = self.rows().await?;
        let both = async {
            let watch = freshness::watch(self.database.clone(), watched);
            tokio::try_join!(load.run(self.parts.clone()), watch)
        };
        let ((sent, usage), freshness) = self.stack.services.during(both).await??;
        let rows = self.rows().await? - before;
        self.sent.add(sent.clone());
        Ok((Phase { sent, usage, rows }, freshness))
    }

    fn load(&self, shape: Shape, pace: Pace) -> Load {
        Load {
            address: self.address,
            connections: shape.connections,
            events: shape.events,
            pace,
            time: shape.time,
            numbers: self.numbers.clone(),
            receipts: true,
        }
    }

    /// Waits until every accepted event is a row. Returns how many came while waiting, and the CPU of that.
    pub(super) async fn drain(&mut self) -> anyhow::Result<(u64, Usage)> {
        let accepted = self.sent.events;
        let before = self.rows().await?;
        let begin = self.parts.snapshot()?;
        let database = self.database.clone();
        let all_there = wait_for("the last row", DRAIN_LIMIT, || async {
            let rows = database.number("SELECT count() FROM events").await?;
            anyhow::ensure!(rows >= accepted, "{rows} rows of {accepted} events");
            Ok(rows)
        });
        let rows = self.stack.services.during(all_there).await??;
        Ok((rows - before, self.parts.snapshot()?.since(&begin)))
    }

    pub(super) async fn rows(&self) -> anyhow::Result<u64> {
        self.database.number("SELECT count() FROM events").await
    }

    pub(super) fn pause_loader(&self) -> anyhow::Result<()> {
        self.stack.services.signal(Role::Loader, Signal::STOP)
    }

    pub(super) fn resume_loader(&self) -> anyhow::Result<()> {
        self.stack.services.signal(Role::Loader, Signal::CONT)
    }

    /// Batches the loader has inserted, and their rows.
    pub(super) async fn batches(&self) -> anyhow::Result<(f64, f64)> {
        let text = tls::http_client()
            .build()?
            .get(&self.loader_metrics)
            .send()
            .await?
            .error_for_status()?
            .text()
            .await?;
        let number = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            let value = value.with_context(|| format!("the loader has no metric {name}"))?;
            value.parse::<f64>().context("no number")
        };
        Ok((
            number("clickpath_loader_batch_rows_count")?,
            number("clickpath_loader_batch_rows_sum")?,
        ))
    }

    pub(super) fn peak_mb(&self, role: Role) -> anyhow::Result<f64> {
        peak_mb(self.stack.services.get(role)?.pid().context("it does not run")?)
    }

    /// Compares the receipts with the rows.
    pub(super) async fn account(&self) -> anyhow::Result<Account> {
        if let Some((line, _)) = self.stack.services.ended.first_key_value() {
            bail!("{line}");
        }
        let sql = "SELECT count(), sum(reinterpretAsUInt64(reverse(unhex(right(toString(id), 12))))) \
                   FROM (SELECT DISTINCT id FROM events)";
        let lines = self.database.lines(sql).await?;
        let columns = lines.first().context("no row")?;
        let (stored, sum) = columns.split_once('\t').context("no columns")?;
        let refused = self.sent.refused.values().sum();
        Ok(Account {
            accepted: self.sent.events,
            stored: stored.parse()?,
            rows: self.rows().await?,
            refused,
            same_ids: refused > 0 || sum.parse::<u64>()? == self.sent.id_sum,
        })
    }
}

impl Account {
    pub(super) fn lost(&self) -> u64 {
        self.accepted.saturating_sub(self.stored)
    }

    /// Ids that nobody was promised.
    pub(super) fn unexplained(&self) -> u64 {
        self.stored.saturating_sub(self.accepted + self.refused)
    }

    /// Copies that were stored, whether or not the merge has collapsed them.
    pub(super) fn duplicated(&self) -> u64 {
        self.rows - self.stored
    }

    pub(super) fn is_even(&self) -> bool {
        self.lost() + self.unexplained() + self.duplicated() == 0 && self.same_ids
    }
}

fn parts(stack: &Stack) -> anyhow::Result<Parts> {
    let pid = |role| anyhow::Ok(stack.services.get(role)?.pid().context("it does not run")?);
    let engine = vec![stack.engine_pid()?];
    let Some(broker) = &stack.broker else {
        return Ok(Parts::load().and(UP, vec![pid(Role::Up)?]).and(ENGINE, engine));
    };
    let node = broker.pid()?;
    let mut broker = children(node)?;
    broker.push(node);
    Ok(Parts::load()
        .and(GATEWAY, vec![pid(Role::Gateway)?])
        .and(BROKER, broker)
        .and(LOADER, vec![pid(Role::Loader)?])
        .and(ENGINE, engine))
}
