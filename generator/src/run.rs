use std::time::Duration;

use event::Timestamp;
use event::json::Array;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::sender::Sender;
use crate::{GenerateError, GeneratedEvent, Settings, Summary, Traffic};

/// Between two events when no rate is set.
const UNPACED_INTERVAL_US: u64 = 10_000;

/// Sends events until their count or the signal; `start` is the time now.
pub async fn run(settings: Settings, start: Timestamp, shutdown: CancellationToken) -> Result<Summary, GenerateError> {
    let mut summary = Summary::default();
    let sender = Sender::new(&settings, shutdown.clone())?;
    let began = Instant::now();
    let now_ms = || start.0.saturating_add_unsigned(began.elapsed().as_millis() as u64);
    let mut traffic = traffic(&settings, start);
    let mut left = if settings.count == 0 { u64::MAX } else { settings.count };
    while left > 0 && !shutdown.is_cancelled() {
        let events = traffic
            .by_ref()
            .take(settings.batch.min(left.try_into().unwrap_or(usize::MAX)));
        let events = events.collect::<Vec<_>>();
        left -= events.len() as u64;
        if settings.rate > 0 && !wait_until_due(&events, start, began, &shutdown).await {
            break;
        }
        sender.send(events.len(), &body(&events), now_ms, &mut summary).await?;
    }
    Ok(summary)
}

fn traffic(settings: &Settings, start: Timestamp) -> Traffic {
    if settings.rate > 0 {
        return Traffic::new(settings.seed, start, 1_000_000 / u64::from(settings.rate));
    }
    let span_ms = settings.count.saturating_mul(UNPACED_INTERVAL_US) / 1_000;
    let first = Timestamp(start.0.saturating_sub_unsigned(span_ms).max(Timestamp::EARLIEST.0));
    Traffic::new(settings.seed, first, UNPACED_INTERVAL_US)
}

/// Waits for the moment of the batch's last event; false when the signal came first.
async fn wait_until_due(
    events: &[GeneratedEvent],
    start: Timestamp,
    began: Instant,
    shutdown: &CancellationToken,
) -> bool {
    let due_ms = events.last().map_or(0, |event| event.created_at.0 - start.0);
    let due = began + Duration::from_millis(due_ms.unsigned_abs());
    tokio::select! {
        () = tokio::time::sleep_until(due) => true,
        () = shutdown.cancelled() => false,
    }
}

fn body(events: &[GeneratedEvent]) -> String {
    let mut text = String::new();
    let mut array = Array::new(&mut text);
    for event in events {
        array.raw(&event.json);
    }
    drop(array);
    text
}
