use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::{Metrics, Readiness};

/// Registers `component_up`, which asks when somebody asks it.
pub(super) fn register(registry: &mut Registry, metrics: Metrics) {
    registry.register_collector(Box::new(Components(metrics)));
}

#[derive(Debug)]
struct Components(Metrics);

impl Collector for Components {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help =
            "0 when the loader has been failing at its queue or its warehouse for more than half a minute, else 1";
        let mut family = encoder.encode_descriptor("component_up", help, None, MetricType::Gauge)?;
        let Readiness { queue, warehouse } = self.0.works();
        for (component, up) in [("queue", queue), ("warehouse", warehouse)] {
            ConstGauge::new(i64::from(up)).encode(family.encode_family(&[("component", component)])?)?;
        }
        Ok(())
    }
}
