use std::collections::VecDeque;
use std::sync::Arc;

use tokio::time::sleep;
use uuid::Uuid;

use super::lane::LaneLog;
use crate::rabbitmq::{self, Backoff, Sent};
use crate::{ConsumeError, Delivery, OpenError, PublishError, Tag, embedded};

/// Groups sent and not confirmed.
const WINDOW: usize = 64;

/// Groups on their way, oldest first.
type Window = VecDeque<(Tag, Uuid, Sent)>;

/// Why draining starts over at the first group that is not confirmed.
#[derive(Debug, thiserror::Error)]
enum Interruption {
    #[error(transparent)]
    Broker(#[from] PublishError),
    #[error(transparent)]
    Log(#[from] ConsumeError),
    #[error(transparent)]
    Taken(#[from] OpenError),
}

/// Publishes what is in the lane's log, in order, and acknowledges what is confirmed, until it is aborted.
pub(super) async fn run(log: Arc<LaneLog>, broker: rabbitmq::Publisher) {
    let mut backoff = Backoff::new();
    loop {
        let Err(interruption) = drain(&log, &broker, &mut backoff).await;
        log.interrupted();
        tracing::warn!(route = ?log.route, error = %interruption, "the spool is not drained now, trying again");
        if let Interruption::Broker(PublishError::Returned { .. }) = interruption {
            broker.renew();
        }
        sleep(backoff.next()).await;
    }
}

async fn drain(
    log: &LaneLog,
    broker: &rabbitmq::Publisher,
    backoff: &mut Backoff,
) -> Result<std::convert::Infallible, Interruption> {
    let mut consumer = log.queue.consumer()?;
    let mut window = Window::new();
    loop {
        tokio::select! {
            biased;
            confirmed = first_confirmed(&mut window), if !window.is_empty() => {
                let mut last = confirmed?;
                let mut failed = None;
                // One acknowledgement, and one fsync, for all that were confirmed meanwhile.
                while let Some(next) = next_settled(&mut window) {
                    match next {
                        Ok(tag) => last = tag,
                        Err(refused) => {
                            failed = Some(refused);
                            break;
                        }
                    }
                }
                consumer.acknowledge(last).await?;
                *backoff = Backoff::new();
                if let Some((_, id, _)) = window.front() {
                    log.confirmed_before(*id);
                }
                log.shortened();
                if let Some(refused) = failed {
                    return Err(refused.into());
                }
            }
            delivery = next(&mut consumer, broker), if window.len() < WINDOW => {
                let Delivery { tag, group, .. } = delivery?;
                let id = group.id;
                if window.is_empty() {
                    log.confirmed_before(id);
                }
                window.push_back((tag, id, broker.send(log.route, group).await?));
            }
        }
    }
}

/// The next group, when the broker takes one. Cancel-safe.
async fn next(consumer: &mut embedded::Consumer, broker: &rabbitmq::Publisher) -> Result<Delivery, ConsumeError> {
    broker.up().await;
    consumer.next().await
}

async fn first_confirmed(window: &mut Window) -> Result<Tag, PublishError> {
    let Some((tag, id, sent)) = window.front_mut() else {
        return std::future::pending().await;
    };
    let confirmed = sent.outcome(*id).await.map(|()| *tag);
    window.pop_front();
    confirmed
}

/// The first of the window, if its outcome is known already.
fn next_settled(window: &mut Window) -> Option<Result<Tag, PublishError>> {
    use futures_util::FutureExt;

    first_confirmed(window).now_or_never()
}
