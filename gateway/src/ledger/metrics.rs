use std::sync::atomic::AtomicU64;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// What the ledger's tasks tell.
#[derive(Clone, Default)]
pub(crate) struct LedgerMetrics {
    pub(super) gap: Gauge,
    pub(super) in_flight: Gauge,
    pub(super) settled: Gauge<f64, AtomicU64>,
    pub(super) checked: Gauge<f64, AtomicU64>,
    pub(super) write_failures: Counter,
    pub(super) minutes_dropped: Counter,
}

impl LedgerMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let help =
            "Accepted events that are neither stored nor in quarantine nor on their way, in the last --ledger-minutes";
        registry.register("clickpath_ledger_gap", help, metrics.gap.clone());
        let help = "Accepted events of the last --ledger-minutes that are on their way to the table";
        registry.register("clickpath_ledger_in_flight", help, metrics.in_flight.clone());
        let help = "Until when all that was received is stored or missing, since 1970-01-01T00:00:00Z; 0 before a loader's first mark";
        registry.register_with_unit(
            "clickpath_ledger_settled_timestamp",
            help,
            Unit::Seconds,
            metrics.settled.clone(),
        );
        let help = "When the gap was last computed, since 1970-01-01T00:00:00Z; 0 before the first time";
        registry.register_with_unit(
            "clickpath_ledger_checked_timestamp",
            help,
            Unit::Seconds,
            metrics.checked.clone(),
        );
        let help = "Times the ledger's counts could not be written; they are kept and written later";
        registry.register("clickpath_ledger_write_failures", help, metrics.write_failures.clone());
        let help = "Minutes of counts given up because they could not be written for a week";
        registry.register(
            "clickpath_ledger_minutes_dropped",
            help,
            metrics.minutes_dropped.clone(),
        );
        metrics
    }
}
