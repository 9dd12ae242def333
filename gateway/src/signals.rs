//! What visitors, bots and payments look like while they pass: what alerts on traffic spikes, bot attacks, payment incidents and slow
//! pages stand on. Counted when events are taken apart, before the queue confirms them: a repetition counts again, shares stay true.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use event::{EnrichedEvent, EventType};
use prometheus_client::encoding::{EncodeLabelSet, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::{MetricType, TypedMetric};
use prometheus_client::registry::{Registry, Unit};

use crate::sites::{SiteIndex, Sites};

/// Upper bounds, milliseconds; the last bucket has none.
const BOUNDS_MS: [u32; 9] = [50, 100, 250, 500, 1_000, 1_500, 2_500, 5_000, 10_000];
const PAYMENTS: [&str; 3] = ["ok", "declined", "failed"];

/// The counters of all sites.
pub(crate) struct Signals(Vec<OfSite>);

struct OfSite {
    page_views: Counter,
    bot_page_views: Counter,
    /// In the order of [`PAYMENTS`].
    payments: [Counter; PAYMENTS.len()],
    latency: Latency,
}

/// What one request brought to one site, so that each counter is touched once.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Tally {
    page_views: u64,
    bot_page_views: u64,
    payments: [u64; PAYMENTS.len()],
    latency: [u64; BOUNDS_MS.len() + 1],
    latency_ms: u64,
}

/// A histogram without a lock.
#[derive(Debug, Clone, Default)]
struct Latency(Arc<Buckets>);

#[derive(Debug, Default)]
struct Buckets {
    counts: [AtomicU64; BOUNDS_MS.len() + 1],
    sum_ms: AtomicU64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SiteLabels {
    site: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PaymentLabels {
    site: String,
    outcome: &'static str,
}

impl Tally {
    pub(crate) fn add(&mut self, enriched: &EnrichedEvent<'_>) {
        let event = &enriched.event;
        let payload = &event.payload;
        match &*payload.event_title {
            "page_view" => {
                self.page_views += 1;
                self.bot_page_views += u64::from(enriched.client.is_bot());
            }
            "payment_attempt" => self.payments[outcome(&payload.status, &payload.error_code)] += 1,
            _ => {}
        }
        if let (EventType::View, Some(latency_ms)) = (event.event_type, payload.latency_ms) {
            self.latency[BOUNDS_MS.partition_point(|bound_ms| *bound_ms < latency_ms)] += 1;
            self.latency_ms += u64::from(latency_ms);
        }
    }
}

/// The place in [`PAYMENTS`]: a bank that says no is the customer's affair, everything else the shop's.
fn outcome(status: &str, error_code: &str) -> usize {
    match (status, error_code) {
        ("ok", _) => 0,
        (_, "DECLINED") => 1,
        _ => 2,
    }
}

impl Signals {
    pub(crate) fn register(registry: &mut Registry, sites: &Sites) -> Self {
        let page_views = Family::<SiteLabels, Counter>::default();
        registry.register(
            "clickpath_page_views",
            "Page views taken, bots' included",
            page_views.clone(),
        );
        let bot_page_views = Family::<SiteLabels, Counter>::default();
        let help = "Page views taken of clients that are bots";
        registry.register("clickpath_bot_page_views", help, bot_page_views.clone());
        let payments = Family::<PaymentLabels, Counter>::default();
        let help = "Events payment_attempt taken: ok, declined by the bank, or failed otherwise";
        registry.register("clickpath_payments", help, payments.clone());
        let latency = Family::<SiteLabels, Latency>::default();
        let help = "The field latency_ms of views, as the pages report it";
        registry.register_with_unit("clickpath_page_latency", help, Unit::Seconds, latency.clone());
        let of_site = |site: &crate::sites::Site| {
            let labels = SiteLabels {
                site: site.name.clone(),
            };
            OfSite {
                page_views: page_views.get_or_create_owned(&labels),
                bot_page_views: bot_page_views.get_or_create_owned(&labels),
                payments: PAYMENTS.map(|outcome| {
                    let site = site.name.clone();
                    payments.get_or_create_owned(&PaymentLabels { site, outcome })
                }),
                latency: latency.get_or_create_owned(&labels),
            }
        };
        Self(sites.iter().map(of_site).collect())
    }

    pub(crate) fn count(&self, site: SiteIndex, tally: &Tally) {
        let counters = &self.0[site];
        add(&counters.page_views, tally.page_views);
        add(&counters.bot_page_views, tally.bot_page_views);
        for (counter, payments) in counters.payments.iter().zip(tally.payments) {
            add(counter, payments);
        }
        counters.latency.add(tally);
    }
}

/// A counter nobody raised keeps its cache line to itself.
fn add(counter: &Counter, by: u64) {
    if by > 0 {
        counter.inc_by(by);
    }
}

impl Latency {
    fn add(&self, tally: &Tally) {
        for (count, by) in self.0.counts.iter().zip(tally.latency).filter(|(_, by)| *by > 0) {
            count.fetch_add(by, Ordering::Relaxed);
        }
        if tally.latency_ms > 0 {
            self.0.sum_ms.fetch_add(tally.latency_ms, Ordering::Relaxed);
        }
    }
}

impl TypedMetric for Latency {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Latency {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        let bounds = BOUNDS_MS.iter().map(|bound_ms| f64::from(*bound_ms) / 1_000.0);
        let counts = self.0.counts.iter().map(|count| count.load(Ordering::Relaxed));
        let buckets: Vec<_> = bounds.chain([f64::INFINITY]).zip(counts).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = self.0.sum_ms.load(Ordering::Relaxed) as f64 / 1_000.0;
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}
