use std::time::Duration;

use client::{Client, ClientError};
use event::{Source, Timestamp};
use queue::{OpenError, Outbox, Outgoing};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::batches::Batch;
use crate::{GenerateError, Settings, Target};

/// Messages that RabbitMQ has and did not confirm yet: one confirm comes for many.
const UNCONFIRMED: usize = 64;
const CONNECT_PAUSE: Duration = Duration::from_secs(1);

/// Where batches go in.
pub(super) struct Door {
    kind: Kind,
    site: String,
    at_once: usize,
}

enum Kind {
    Gateway(Client),
    Broker {
        outbox: Outbox,
        patience: Duration,
        shutdown: CancellationToken,
    },
}

/// What became of a batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    /// By the gateway, or confirmed by the broker.
    pub(crate) accepted: usize,
    pub(crate) rejected: usize,
    pub(crate) retries: u32,
    /// Of the attempt that was answered.
    pub(crate) latency: Duration,
}

impl Door {
    pub(super) async fn open(settings: &Settings, shutdown: CancellationToken) -> Result<Self, GenerateError> {
        let (kind, at_once) = match settings.to {
            Target::Amqp => {
                let patience = settings.gateway.patience;
                let outbox = outbox(settings, patience, &shutdown).await?;
                let broker = Kind::Broker {
                    outbox,
                    patience,
                    shutdown,
                };
                (broker, UNCONFIRMED)
            }
            _ => (
                Kind::Gateway(Client::new(&settings.gateway, shutdown)?),
                settings.connections,
            ),
        };
        Ok(Self {
            kind,
            site: settings.site.clone(),
            at_once,
        })
    }

    /// Batches that may be on their way.
    pub(super) fn at_once(&self) -> usize {
        self.at_once
    }

    /// Again and again until it is taken; `None` when the signal came first. `now` is asked at each attempt.
    pub(super) async fn send(
        &self,
        batch: Batch,
        now: &(dyn Fn() -> Timestamp + Send + Sync),
    ) -> Result<Option<Answer>, GenerateError> {
        let by_their_clock = || Timestamp(now().0 + batch.skew_ms);
        match &self.kind {
            Kind::Gateway(client) => {
                let sent = client.send_events(client::Batch {
                    site: &self.site,
                    source: Source::Generator,
                    events: batch.events,
                    body: batch.body,
                    sent_at: Some(&by_their_clock),
                });
                match sent.await {
                    Ok(sent) => Ok(Some(answer(sent))),
                    Err(ClientError::Stopped) => Ok(None),
                    Err(error) => Err(error.into()),
                }
            }
            Kind::Broker {
                outbox,
                patience,
                shutdown,
            } => {
                let outgoing = || Outgoing {
                    id: batch.id,
                    body: batch.body.clone(),
                    site: &self.site,
                    sent_at: Some(by_their_clock()),
                };
                publish(outbox, outgoing, *patience, shutdown).await.map(|confirmed| {
                    confirmed.map(|(retries, latency)| Answer {
                        accepted: batch.events,
                        rejected: 0,
                        retries,
                        latency,
                    })
                })
            }
        }
    }
}

fn answer(sent: client::Sent) -> Answer {
    if let Some(first) = sent.rejected.first() {
        tracing::warn!(rejected = sent.rejected.len(), ?first, "gateway rejected events");
    }
    Answer {
        accepted: sent.accepted,
        rejected: sent.rejected.len(),
        retries: sent.retries,
        latency: sent.latency,
    }
}

/// Connects, and waits for a broker that is away as long as patience lasts.
async fn outbox(
    settings: &Settings,
    patience: Duration,
    shutdown: &CancellationToken,
) -> Result<Outbox, GenerateError> {
    let Some(url) = &settings.amqp_url else {
        return Err(GenerateError::Settings("to amqp needs an --amqp-url"));
    };
    let settings = queue::Settings::rabbitmq(url);
    let first = Instant::now();
    loop {
        let error = match queue::open_outbox(&settings).await {
            Ok(outbox) => return Ok(outbox),
            Err(error @ (OpenError::Unreachable { .. } | OpenError::Silent { .. }))
                if first.elapsed() + CONNECT_PAUSE <= patience =>
            {
                error
            }
            Err(error) => return Err(error.into()),
        };
        tracing::warn!(error = &error as &dyn std::error::Error, "RabbitMQ is asked again");
        if shutdown.run_until_cancelled(sleep(CONNECT_PAUSE)).await.is_none() {
            return Err(error.into());
        }
    }
}

/// The number of attempts that failed, and how long the one that was confirmed took.
async fn publish<'o>(
    outbox: &Outbox,
    outgoing: impl Fn() -> Outgoing<'o>,
    patience: Duration,
    shutdown: &CancellationToken,
) -> Result<Option<(u32, Duration)>, GenerateError> {
    let first = Instant::now();
    let mut retries = 0;
    loop {
        let attempt = Instant::now();
        let Err(error) = outbox.publish(outgoing()).await else {
            return Ok(Some((retries, attempt.elapsed())));
        };
        match error.retry_after().filter(|pause| first.elapsed() + *pause <= patience) {
            None => return Err(error.into()),
            Some(pause) => {
                tracing::warn!(%error, "batch is sent again");
                retries += 1;
                if shutdown.run_until_cancelled(sleep(pause)).await.is_none() {
                    return Ok(None);
                }
            }
        }
    }
}
