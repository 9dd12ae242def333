use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use queue::Route;

use crate::metrics::request_seconds;

/// What a committer tells about its groups.
#[derive(Clone)]
pub(crate) struct CommitMetrics {
    pub(super) group_events: Histogram,
    pub(super) group_bytes: Histogram,
    pub(super) confirm_seconds: Histogram,
    pub(super) publish_failures: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: &'static str,
}

/// Those of accepted events, of refused ones and of entities.
pub(crate) struct ByRoute {
    pub(crate) events: CommitMetrics,
    pub(crate) quarantine: CommitMetrics,
    pub(crate) entities: CommitMetrics,
}

impl CommitMetrics {
    pub(crate) fn register(registry: &mut Registry) -> ByRoute {
        let group_events = Family::<RouteLabels, Histogram>::new_with_constructor(|| doubled_twice(1.0));
        registry.register(
            "clickpath_group_events",
            "Events per published group",
            group_events.clone(),
        );
        let group_bytes = Family::<RouteLabels, Histogram>::new_with_constructor(|| doubled_twice(256.0));
        let help = "Size of a published group";
        registry.register_with_unit("clickpath_group", help, Unit::Bytes, group_bytes.clone());
        let confirm_seconds = Family::<RouteLabels, Histogram>::new_with_constructor(request_seconds);
        let help = "Time from publishing a group to the queue's confirmation";
        registry.register_with_unit("clickpath_confirm", help, Unit::Seconds, confirm_seconds.clone());
        let publish_failures = Family::<RouteLabels, Counter>::default();
        let help = "Groups the queue did not confirm";
        registry.register("clickpath_publish_failures", help, publish_failures.clone());
        let of = |route| {
            let labels = RouteLabels { route: name(route) };
            Self {
                group_events: group_events.get_or_create_owned(&labels),
                group_bytes: group_bytes.get_or_create_owned(&labels),
                confirm_seconds: confirm_seconds.get_or_create_owned(&labels),
                publish_failures: publish_failures.get_or_create_owned(&labels),
            }
        };
        ByRoute {
            events: of(Route::Events),
            quarantine: of(Route::Quarantine),
            entities: of(Route::Entities),
        }
    }
}

fn name(route: Route) -> &'static str {
    match route {
        Route::Events => "events",
        Route::Quarantine => "quarantine",
        Route::Entities => "entities",
    }
}

fn doubled_twice(start: f64) -> Histogram {
    Histogram::new(exponential_buckets(start, 4.0, 8))
}
