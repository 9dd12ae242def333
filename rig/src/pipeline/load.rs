//! Load that costs little: prepared requests over connections that stay open, on one thread of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{Instant, sleep, sleep_until};

use super::latencies::Latencies;
use super::meter::{Parts, Usage};
use super::request::Request;
use crate::client::SITES;
use crate::clock::now_ms;

/// After a refusal.
const PAUSE: Duration = Duration::from_millis(100);
/// One in so many connections of an open loop sends events of another site, which are watched for in the table.
const PROBE_EVERY: usize = 50;
pub(super) const PROBE_SITE: &str = SITES[1];

/// Numbers of events, each given out once in a run.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers(Arc<AtomicU64>);

impl Numbers {
    fn take(&self, count: usize) -> u64 {
        self.0.fetch_add(count as u64, Ordering::Relaxed)
    }
}

#[derive(Debug, Clone)]
pub(super) struct Load {
    pub(super) address: SocketAddr,
    pub(super) connections: usize,
    /// In each request.
    pub(super) events: usize,
    pub(super) pace: Pace,
    pub(super) time: Duration,
    pub(super) numbers: Numbers,
    /// Whether each 202 is to be a receipt that accepts every event; the bare handler gives none.
    pub(super) receipts: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Pace {
    /// Each connection sends its next request when it has the answer to the last.
    Closed,
    /// So many requests a second, whatever the answers do. Latency counts from the moment when a request was due.
    Open {
        per_second: u32,
        probes: Option<UnboundedSender<Probe>>,
    },
}

/// An event on its way.
#[derive(Debug)]
pub(super) struct Probe {
    pub(super) id: String,
    /// When it happened.
    pub(super) at: Instant,
}

/// What was sent, and the answers.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent {
    pub(super) requests: u64,
    pub(super) events: u64,
    /// Of the accepted events' [`id_tail`](super::request::id_tail)s.
    pub(super) id_sum: u64,
    /// Events of requests that got no receipt, by status: stored or not.
    pub(super) refused: BTreeMap<u16, u64>,
    pub(super) latencies: Latencies,
}

impl Sent {
    pub(super) fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.events += other.events;
        self.id_sum = self.id_sum.wrapping_add(other.id_sum);
        for (status, events) in other.refused {
            *self.refused.entry(status).or_default() += events;
        }
        self.latencies.append(other.latencies);
    }
}

impl Load {
    /// Connects, sends until the time is over and returns with the last answer. CPU is counted from the first request on.
    pub(super) async fn run(self, parts: Parts) -> anyhow::Result<(Sent, Usage)> {
        let thread = spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.context("no runtime")?.block_on(self.send(&parts))
        });
        thread.await?
    }

    async fn send(self, parts: &Parts) -> anyhow::Result<(Sent, Usage)> {
        let mut connections = Vec::new();
        for number in 0..self.connections {
            connections.push(Connection::open(&self, number).await?);
        }
        let before = parts.snapshot()?;
        let begin = Instant::now();
        let mut running = JoinSet::new();
        for connection in connections {
            running.spawn(connection.converse(self.clone(), begin));
        }
        let mut sent = Sent::default();
        while let Some(ended) = running.join_next().await {
            sent.add(ended??);
        }
        Ok((sent, parts.snapshot()?.since(&before)))
    }
}

struct Connection {
    number: usize,
    stream: TcpStream,
    request: Request,
    answer: Vec<u8>,
    sent: Sent,
}

impl Connection {
    async fn open(load: &Load, number: usize) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(load.address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        let is_probe = matches!(load.pace, Pace::Open { probes: Some(_), .. }) && number.is_multiple_of(PROBE_EVERY);
        let site = if is_probe { PROBE_SITE } else { SITES[0] };
        Ok(Self {
            number,
            stream,
            request: Request::new(site, number, load.events),
            answer: Vec::with_capacity(4 * 1024),
            sent: Sent::default(),
        })
    }

    async fn converse(mut self, load: Load, begin: Instant) -> anyhow::Result<Sent> {
        let end = begin + load.time;
        match &load.pace {
            Pace::Closed => {
                while Instant::now() < end {
                    let sum = self.stamp(&load);
                    self.exchange(&load, Instant::now(), sum).await?;
                }
            }
            Pace::Open { per_second, probes } => {
                let probes = probes.as_ref().filter(|_| self.number.is_multiple_of(PROBE_EVERY));
                let step = Duration::from_secs(1) * load.connections as u32 / *per_second;
                let mut due = begin + Duration::from_secs(1) * self.number as u32 / *per_second;
                while due < end {
                    sleep_until(due).await;
                    let sum = self.stamp(&load);
                    if let Some(probes) = probes {
                        let id = self.request.id();
                        probes
                            .send(Probe { id, at: due })
                            .context("nobody watches the probes")?;
                    }
                    self.exchange(&load, due, sum).await?;
                    due += step;
                }
            }
        }
        Ok(self.sent)
    }

    fn stamp(&mut self, load: &Load) -> u64 {
        let first = load.numbers.take(load.events);
        self.request.stamp(first, now_ms().unsigned_abs())
    }

    async fn exchange(&mut self, load: &Load, due: Instant, id_sum: u64) -> anyhow::Result<()> {
        self.stream.write_all(self.request.bytes()).await?;
        let (status, body_bytes) = self.read().await?;
        self.sent.latencies.add(due.elapsed());
        self.sent.requests += 1;
        let events = self.request.events() as u64;
        match status {
            200..300 if !load.receipts => {}
            202 if body_bytes == self.request.receipt_bytes() => {
                self.sent.events += events;
                self.sent.id_sum = self.sent.id_sum.wrapping_add(id_sum);
            }
            // Bodies are fine and from one site; what is not taken now is taken later.
            429 | 503 => {
                *self.sent.refused.entry(status).or_default() += events;
                sleep(PAUSE).await;
            }
            _ => bail!(
                "an answer of status {status}: {}",
                String::from_utf8_lossy(&self.answer)
            ),
        }
        Ok(())
    }

    /// Status and bytes of the body.
    async fn read(&mut self) -> anyhow::Result<(u16, usize)> {
        self.answer.clear();
        loop {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                bail!("the connection was closed");
            }
            if let Some((status, head_bytes, body_bytes)) = head(&self.answer)?
                && self.answer.len() >= head_bytes + body_bytes
            {
                return Ok((status, body_bytes));
            }
        }
    }
}

/// Status, and bytes of head and body (RFC 9112), once the head is whole.
fn head(answer: &[u8]) -> anyhow::Result<Option<(u16, usize, usize)>> {
    let Some(end) = answer.windows(4).position(|end| end == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&answer[..end])?;
    let status = text.get(9..12).context("no status")?.parse()?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then_some(value)
    });
    let body_bytes = length.map_or(Ok(0), str::parse)?;
    Ok(Some((status, end + 4, body_bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_heads_of_answers() {
        let answer = b"HTTP/1.1 202 Accepted\r\nContent-Length: 12\r\ndate: now\r\n\r\n{}";
        assert_eq!(head(answer).unwrap(), Some((202, 56, 12)));
        assert_eq!(head(&answer[..40]).unwrap(), None);
    }
}
