use event::entity::Stream;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::Counted;
use crate::sites::Sites;

#[derive(Clone)]
pub(crate) struct EntitiesMetrics {
    /// By site, then by stream.
    accepted: Vec<Counter>,
    refused: Family<ReasonLabels, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StreamLabels {
    site: String,
    stream: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

impl EntitiesMetrics {
    pub(crate) fn register(registry: &mut Registry, sites: &Sites) -> Self {
        let accepted = Family::<StreamLabels, Counter>::default();
        registry.register(
            "clickpath_entities_accepted",
            "Entities confirmed by the queue",
            accepted.clone(),
        );
        let refused = Family::<ReasonLabels, Counter>::default();
        registry.register(
            "clickpath_entities_refused",
            "Entities refused, by reason",
            refused.clone(),
        );
        let labels = sites.iter().flat_map(|site| {
            Stream::ALL.map(|stream| StreamLabels {
                site: site.name.clone(),
                stream: stream.as_str(),
            })
        });
        Self {
            accepted: labels.map(|labels| accepted.get_or_create_owned(&labels)).collect(),
            refused,
        }
    }

    pub(super) fn count_accepted(&self, counted: Counted, entities: u64) {
        self.accepted[counted.site * Stream::ALL.len() + counted.stream as usize].inc_by(entities);
    }

    pub(super) fn count_refused(&self, reason: &'static str) {
        self.refused.get_or_create(&ReasonLabels { reason }).inc();
    }
}
