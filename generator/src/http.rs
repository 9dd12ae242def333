//! Batches to the gateway, each at its time.

use std::time::Duration;

use event::Timestamp;
use event::json::Array;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::run::Timing;
use crate::sender::Sender;
use crate::write::json::Writer;
use crate::{GenerateError, Occurrence, Sending, Settings, Summary};

pub(crate) async fn send(
    settings: &Settings,
    sending: &mut Sending,
    timing: Timing,
    start: Timestamp,
    shutdown: CancellationToken,
) -> Result<Summary, GenerateError> {
    let mut summary = Summary::default();
    let sender = Sender::new(settings, shutdown.clone())?;
    let began = Instant::now();
    let now_ms = || start.0.saturating_add_unsigned(began.elapsed().as_millis() as u64);
    let (mut batch, mut writer) = (Vec::with_capacity(settings.batch), Writer::default());
    while !shutdown.is_cancelled() {
        batch.clear();
        batch.extend(sending.by_ref().take(settings.batch));
        let Some(last) = batch.last() else { break };
        let sent = summary.sent + batch.len() as u64 - 1;
        if let Some(due) = timing.due(sent, last)
            && !wait_until(began + due, &shutdown).await
        {
            break;
        }
        // `sent_at` speaks for a whole request, so each wrong clock gets one of its own.
        batch.sort_by_key(skew_ms);
        for events in batch.chunk_by(|one, other| skew_ms(one) == skew_ms(other)) {
            let by_their_clock = || now_ms() + skew_ms(&events[0]);
            let body = body(events, &mut writer);
            sender.send(events.len(), &body, by_their_clock, &mut summary).await?;
        }
    }
    Ok(summary)
}

fn skew_ms(occurrence: &Occurrence) -> i64 {
    occurrence.created_at().0 - occurrence.at.0
}

/// False when the signal came first.
async fn wait_until(due: Instant, shutdown: &CancellationToken) -> bool {
    if due.elapsed() > Duration::ZERO {
        return true;
    }
    tokio::select! {
        () = tokio::time::sleep_until(due) => true,
        () = shutdown.cancelled() => false,
    }
}

fn body(events: &[Occurrence], writer: &mut Writer) -> String {
    let (mut text, mut one) = (String::new(), String::new());
    let mut array = Array::new(&mut text);
    for event in events {
        one.clear();
        writer.event(event, &mut one);
        array.raw(&one);
    }
    drop(array);
    text
}
