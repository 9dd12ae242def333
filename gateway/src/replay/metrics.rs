use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::summary::Summary;

/// What became of rows that an operator sent again.
#[derive(Clone)]
pub(crate) struct ReplayMetrics {
    rows: Family<ResultLabels, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabels {
    result: &'static str,
}

impl ReplayMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let rows = Family::<ResultLabels, Counter>::default();
        let help = "Rows of quarantine sent again, by what became of them";
        registry.register("clickpath_replayed", help, rows.clone());
        Self { rows }
    }

    pub(super) fn count(&self, summary: &Summary) {
        if summary.dry_run {
            return;
        }
        let results = [
            ("replayed", summary.replayed),
            ("refused", summary.refused),
            ("skipped", summary.skipped),
        ];
        for (result, rows) in results {
            self.rows.get_or_create(&ResultLabels { result }).inc_by(rows);
        }
    }
}
