use event::Timestamp;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::Minute;
use crate::State;
use crate::error::chain;

const MINUTE_MS: i64 = 60_000;

/// Keeps the gauge until `stop`. While the warehouse does not answer the gauge stays, and its time tells its age.
pub(super) async fn run(state: &State, stop: &CancellationToken) {
    let mut ticks = interval(state.settings.ledger.ledger_check_interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut known = 0;
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let Some(checked) = stop.run_until_cancelled(check(state)).await else {
            return;
        };
        match checked {
            Ok(gap) => {
                tell(known, gap);
                known = gap;
            }
            Err(error) => tracing::debug!(error = %chain(&error), "the ledger cannot be checked"),
        }
    }
}

async fn check(state: &State) -> Result<u64, warehouse::WarehouseError> {
    let now = (state.clock)();
    let minutes = i64::try_from(state.settings.ledger.ledger_minutes).unwrap_or(i64::MAX / MINUTE_MS);
    let from = Timestamp(now.0.saturating_sub(minutes.saturating_mul(MINUTE_MS)).max(0));
    let (from_ms, to_ms) = (Minute::of(from).begins_ms(), Minute::of(now).ends_ms());
    let ledger = state.warehouse.ledger(None, from_ms, to_ms).await?;
    let gap = ledger.gap();
    let metrics = &state.metrics.ledger;
    metrics.gap.set(i64::try_from(gap).unwrap_or(i64::MAX));
    let in_flight = ledger.entries.iter().map(|entry| entry.in_flight).sum::<u64>();
    metrics.in_flight.set(i64::try_from(in_flight).unwrap_or(i64::MAX));
    metrics
        .settled
        .set(ledger.settled_until_ms.unwrap_or(0) as f64 / 1_000.0);
    metrics.checked.set(now.0 as f64 / 1_000.0);
    Ok(gap)
}

fn tell(known: u64, gap: u64) {
    match (known, gap) {
        (_, 0) if known == 0 => {}
        (_, 0) => tracing::info!("the ledger is even again"),
        _ if known != gap => tracing::error!(
            events = gap,
            "accepted events are missing; /ledger says in which minutes"
        ),
        _ => {}
    }
}
