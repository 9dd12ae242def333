use std::time::Duration;

use event::Timestamp;
use queue::Spool;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use warehouse::{LedgerMarkRow, LedgerRow, LowCardinality, Milliseconds, Seconds, WarehouseError};

use super::books::{Copied, Counts, Minute};
use super::mark::{Mark, Oldest};
use crate::State;
use crate::error::chain;

/// A mark that did not change is written again, so that its gateway counts as alive.
const MARK_AGAIN: Duration = Duration::from_secs(60);
/// The last counts must not hold up the end for long.
const LAST: Duration = Duration::from_secs(5);

/// Writes until `stop`, and once more.
pub(super) async fn run(state: &State, stop: &CancellationToken) {
    let mut marked = Marked::default();
    let mut away = false;
    let mut ticks = interval(state.settings.ledger.ledger_write_interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        // Cut off by the end, the write is made once more below.
        let Some(written) = stop.run_until_cancelled(write(state, &mut marked)).await else {
            break;
        };
        if let Err(error) = &written {
            state.metrics.ledger.write_failures.inc();
            // Said once per absence: the gateway goes on without.
            if !away {
                tracing::warn!(error = %chain(error), "the ledger's counts wait for the warehouse");
            }
        }
        away = written.is_err();
    }
    match timeout(LAST, write(state, &mut marked)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => lost(state, &chain(&error)),
        Err(_) => lost(state, "no answer in time"),
    }
}

fn lost(state: &State, cause: &str) {
    let minutes = state.ledger.books().changed().len();
    if minutes > 0 {
        tracing::warn!(
            minutes,
            error = cause,
            "the ledger's last counts are lost; their events will show as unreported"
        );
    }
}

/// What was last written of the spool, and when.
#[derive(Default)]
struct Marked {
    mark: Mark,
    last: Option<(Oldest, Instant)>,
}

async fn write(state: &State, marked: &mut Marked) -> Result<(), WarehouseError> {
    // The mark first: what the spool holds is never counted before the mark says so.
    if let Some(spool) = state.committer.spool() {
        mark(state, &spool, marked).await?;
    }
    let (copies, dropped) = {
        let mut books = state.ledger.books();
        (books.changed(), books.take_dropped())
    };
    state.metrics.ledger.minutes_dropped.inc_by(dropped);
    if copies.is_empty() {
        return Ok(());
    }
    let now = (state.clock)();
    let rows: Vec<_> = copies.iter().flat_map(|page| rows(state, page, now)).collect();
    state.warehouse.insert_ledger(&rows, &token()).await?;
    state.ledger.books().written(&copies, Minute::of(now));
    Ok(())
}

fn rows<'s>(state: &'s State, page: &'s Copied, at: Timestamp) -> impl Iterator<Item = LedgerRow<'s>> {
    let names = state.sites.iter().map(|site| site.name.as_str());
    let lines = names.chain([""]).zip(&page.lines);
    let minute = Seconds(u32::try_from(page.minute.seconds()).unwrap_or(0));
    lines.flat_map(move |(site, counts)| {
        let named = named(counts).into_iter().filter(|(_, count)| *count > 0);
        named.map(move |(counter, count)| LedgerRow {
            minute,
            site: LowCardinality(site),
            stage: LowCardinality("gateway"),
            writer: page.writer,
            counter: LowCardinality(counter),
            count,
            at: Milliseconds(at.0),
        })
    })
}

fn named(counts: &Counts) -> [(&'static str, u64); 4] {
    [
        ("received", counts.received),
        ("accepted", counts.accepted),
        ("rejected", counts.rejected),
        ("deferred", counts.deferred),
    ]
}

async fn mark(state: &State, spool: &Spool, marked: &mut Marked) -> Result<(), WarehouseError> {
    let now = (state.clock)();
    let stored_until = match marked.mark.waits(spool.oldest_ms) {
        true => state.warehouse.stored_until().await?,
        false => None,
    };
    let oldest_ms = marked.mark.told(spool.oldest_ms, now.0, stored_until);
    if marked
        .last
        .is_some_and(|(last, at)| last == oldest_ms && at.elapsed() < MARK_AGAIN)
    {
        return Ok(());
    }
    // A group is made up to this long after its events were received.
    let margin = i64::try_from(2 * state.settings.commit.confirm_timeout.as_millis()).unwrap_or(i64::MAX);
    let until = oldest_ms.map(|oldest_ms| Milliseconds(oldest_ms.saturating_sub(margin).max(0)));
    let row = LedgerMarkRow {
        writer: spool.id,
        mark: LowCardinality("spool"),
        until: until.unwrap_or(LedgerMarkRow::NEVER),
        at: Milliseconds(now.0),
    };
    state.warehouse.insert_ledger_marks(&[row], &token()).await?;
    marked.mark.is_written(oldest_ms);
    marked.last = Some((oldest_ms, Instant::now()));
    Ok(())
}

/// Counts are absolute: an insert that is repeated changes nothing, and no two are the same.
fn token() -> String {
    Uuid::from_u128(rand::random()).to_string()
}
