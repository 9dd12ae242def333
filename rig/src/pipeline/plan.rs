use std::time::Duration;

use super::scene::Shape;

/// One-event requests a second, of the phase that measures latency and freshness.
pub(super) const REQUESTS_PER_SECOND: u32 = 2_000;

/// What is sent in which phase.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// Not measured: connections, caches and the loader's first look at the table.
    pub(super) warm_up: Shape,
    pub(super) paced: Shape,
    pub(super) single_events: Shape,
    pub(super) batches: Shape,
    /// Of each reference.
    pub(super) reference: Duration,
    /// Of the direct insert.
    pub(super) direct_rows: u64,
}

impl Plan {
    pub(super) fn new(short: bool) -> Self {
        let time = |milliseconds: u64| Duration::from_millis(if short { milliseconds / 10 } else { milliseconds });
        let shape = |connections, events, milliseconds| Shape {
            connections,
            events,
            time: time(milliseconds),
        };
        Self {
            warm_up: shape(64, 20, 3_000),
            paced: shape(100, 1, 20_000),
            single_events: shape(1_000, 1, 10_000),
            batches: shape(256, 20, 12_000),
            reference: time(4_000),
            direct_rows: if short { 50_000 } else { 500_000 },
        }
    }
}
