use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::State;
use crate::entities::Entities;
use crate::health;

/// What is not counted as it happens but looked up when somebody asks: what waits where, and which parts answer.
pub(super) struct Stock {
    spool_groups: Gauge,
    spool_bytes: Gauge,
    spool_age: Gauge<f64, AtomicU64>,
    queue_groups: Family<RouteLabels, Gauge>,
    queue_bytes: Family<RouteLabels, Gauge>,
    damaged: Gauge,
    up: Family<ComponentLabels, Gauge>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ComponentLabels {
    component: &'static str,
}

impl Stock {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let stock = Self {
            spool_groups: Gauge::default(),
            spool_bytes: Gauge::default(),
            spool_age: Gauge::default(),
            queue_groups: Family::default(),
            queue_bytes: Family::default(),
            damaged: Gauge::default(),
            up: Family::default(),
        };
        let help = "Groups that wait on this machine's disk for the broker";
        registry.register("clickpath_spool_groups", help, stock.spool_groups.clone());
        let help = "What waits on this machine's disk for the broker";
        registry.register_with_unit("clickpath_spool", help, Unit::Bytes, stock.spool_bytes.clone());
        let help = "Age of the oldest group that waits on this machine's disk for the broker; 0 when none does";
        registry.register_with_unit("clickpath_spool_age", help, Unit::Seconds, stock.spool_age.clone());
        let help = "Groups of the embedded queue that are not stored yet; RabbitMQ tells of its queues itself";
        registry.register("clickpath_queue_groups", help, stock.queue_groups.clone());
        let help = "What the embedded queue has on disk; room comes back by whole files";
        registry.register_with_unit("clickpath_queue", help, Unit::Bytes, stock.queue_bytes.clone());
        let help = "Stretches of the embedded queue or the spool that did not read and lie in its folder damaged";
        registry.register("clickpath_queue_damaged", help, stock.damaged.clone());
        let help = "Whether the queue takes events, and whether the warehouse answers: 1 or 0";
        registry.register("clickpath_component_up", help, stock.up.clone());
        stock
    }

    pub(super) async fn take(&self, state: &State) {
        if let Some(spool) = state.committer.spool() {
            self.spool_groups.set(whole(spool.groups));
            self.spool_bytes.set(whole(spool.bytes));
            let age_ms = spool.oldest_ms.map_or(0, |oldest_ms| (state.clock)().0 - oldest_ms);
            self.spool_age.set(age_ms.max(0) as f64 / 1_000.0);
        }
        let backlogs = [
            ("events", state.committer.backlog()),
            ("quarantine", state.refused.backlog()),
            ("entities", state.entities.as_ref().and_then(Entities::backlog)),
        ];
        for (route, backlog) in backlogs {
            let Some(backlog) = backlog else { continue };
            let labels = RouteLabels { route };
            self.queue_groups.get_or_create(&labels).set(whole(backlog.groups));
            self.queue_bytes.get_or_create(&labels).set(whole(backlog.bytes));
        }
        self.damaged.set(whole(state.committer.damaged()));
        let queue = state.committer.is_ready();
        let warehouse = health::warehouse_answers(state).await;
        for (component, up) in [("queue", queue), ("warehouse", warehouse)] {
            self.up.get_or_create(&ComponentLabels { component }).set(i64::from(up));
        }
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
