use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use queue::Message;

/// What the door of `clickpath.in` tells.
#[derive(Clone, Default)]
pub(crate) struct InboxMetrics {
    pub(super) in_flight: Gauge,
    pub(super) waits: Counter,
    pub(super) unreadable: Counter,
    messages: Family<DeliveryLabels, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DeliveryLabels {
    delivery: &'static str,
}

impl InboxMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let help = "Messages taken from clickpath.in, by whether they may have been delivered before";
        registry.register("clickpath_inbox_messages", help, metrics.messages.clone());
        let help = "Messages of clickpath.in being worked on";
        registry.register("clickpath_inbox_in_flight", help, metrics.in_flight.clone());
        let help = "Times a message of clickpath.in had to wait for the queue";
        registry.register("clickpath_inbox_waits", help, metrics.waits.clone());
        let help = "Messages of clickpath.in that could not be read as events and went to quarantine whole";
        registry.register("clickpath_inbox_unreadable", help, metrics.unreadable.clone());
        metrics
    }

    pub(super) fn count(&self, message: &Message) {
        let delivery = if message.redelivered { "again" } else { "first" };
        self.messages.get_or_create(&DeliveryLabels { delivery }).inc();
    }
}
