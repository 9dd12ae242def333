//! What the gateway counts, as OpenMetrics text. Every label has few values: sites are the configured ones.

mod stock;

use std::sync::atomic::AtomicU64;
use std::time::Instant;

use axum::extract::{self, MatchedPath, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use event::{Source, Timestamp};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::State;
use crate::inbox::InboxMetrics;
use crate::ledger::LedgerMetrics;
use crate::process;
use crate::quarantine::QuarantineMetrics;
use crate::rate::Limit;
use crate::replay::ReplayMetrics;
use crate::roles::Scraper;
use crate::signals::Signals;
use crate::sites::{SiteIndex, Sites};
use stock::Stock;

const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
pub(crate) const EVENTS_ROUTE: &str = "/events";
const SOURCES: [Source; 5] = [
    Source::Tracker,
    Source::Http,
    Source::Amqp,
    Source::Csv,
    Source::Generator,
];

pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<RouteLabels, Histogram>,
    refused: Family<ReasonLabels, Counter>,
    pub(crate) in_flight: Gauge,
    pub(crate) connections: Gauge,
    pub(crate) connections_refused: Counter,
    limited: Family<LimitLabels, Counter>,
    pub(crate) accepted: Accepted,
    pub(crate) quarantine: QuarantineMetrics,
    pub(crate) ledger: LedgerMetrics,
    pub(crate) inbox: InboxMetrics,
    pub(crate) replay: ReplayMetrics,
    pub(crate) signals: Signals,
    stock: Stock,
    /// The handles of the busiest route: looking them up costs more than counting.
    receipts: Counter,
    receipt_seconds: Histogram,
}

/// Accepted events, by site, then by source.
#[derive(Clone)]
pub(crate) struct Accepted(Vec<Counter>);

/// Where accepted events of one site and source are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AcceptedSlot(pub(crate) usize);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AcceptedLabels {
    site: String,
    source: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LimitLabels {
    limit: String,
}

impl AcceptedSlot {
    pub(crate) fn new(site: SiteIndex, source: Source) -> Self {
        let source = match source {
            Source::Tracker => 0,
            Source::Http => 1,
            Source::Amqp => 2,
            Source::Csv => 3,
            Source::Generator => 4,
        };
        Self(site * SOURCES.len() + source)
    }

    pub(crate) fn site(self) -> SiteIndex {
        self.0 / SOURCES.len()
    }
}

impl Metrics {
    /// With the metrics of the committers in `registry` already.
    pub(crate) fn new(mut registry: Registry, sites: &Sites, started_at: Timestamp) -> Self {
        let requests = Family::<RequestLabels, Counter>::default();
        registry.register("clickpath_http_requests", "Answered requests", requests.clone());
        let seconds = Family::<RouteLabels, Histogram>::new_with_constructor(request_seconds);
        let help = "Time from a request's head to its answer";
        registry.register_with_unit("clickpath_http_request", help, Unit::Seconds, seconds.clone());
        let refused = Family::<ReasonLabels, Counter>::default();
        registry.register("clickpath_events_refused", "Events refused, by reason", refused.clone());
        let in_flight = Gauge::default();
        registry.register(
            "clickpath_requests_in_flight",
            "Requests to /events and /entities being worked on",
            in_flight.clone(),
        );
        let connections = Gauge::default();
        registry.register("clickpath_connections", "Open connections", connections.clone());
        let connections_refused = Counter::default();
        registry.register(
            "clickpath_connections_refused",
            "Connections closed because their address held too many",
            connections_refused.clone(),
        );
        let limited = Family::<LimitLabels, Counter>::default();
        registry.register(
            "clickpath_requests_limited",
            "Requests answered 429, by limit",
            limited.clone(),
        );
        register_process(&mut registry, started_at);
        Self {
            receipts: requests.get_or_create_owned(&RequestLabels {
                route: EVENTS_ROUTE.to_owned(),
                status: StatusCode::ACCEPTED.as_u16(),
            }),
            receipt_seconds: seconds.get_or_create_owned(&RouteLabels {
                route: EVENTS_ROUTE.to_owned(),
            }),
            accepted: accepted(&mut registry, sites),
            quarantine: QuarantineMetrics::register(&mut registry),
            ledger: LedgerMetrics::register(&mut registry),
            inbox: InboxMetrics::register(&mut registry),
            replay: ReplayMetrics::register(&mut registry),
            signals: Signals::register(&mut registry, sites),
            stock: Stock::register(&mut registry),
            registry,
            requests,
            seconds,
            refused,
            in_flight,
            connections,
            connections_refused,
            limited,
        }
    }

    pub(crate) fn count_events_request(&self, status: StatusCode, started: Instant) {
        self.receipt_seconds.observe(started.elapsed().as_secs_f64());
        if status == StatusCode::ACCEPTED {
            self.receipts.inc();
        } else {
            let labels = RequestLabels {
                route: EVENTS_ROUTE.to_owned(),
                status: status.as_u16(),
            };
            self.requests.get_or_create(&labels).inc();
        }
    }

    pub(crate) fn count_refused(&self, reason: &'static str) {
        self.refused
            .get_or_create(&ReasonLabels {
                reason: reason.to_owned(),
            })
            .inc();
    }

    pub(crate) fn count_limited(&self, limit: Limit) {
        self.limited
            .get_or_create(&LimitLabels {
                limit: limit.code().to_owned(),
            })
            .inc();
    }

    fn count_request(&self, route: &str, status: StatusCode, started: Instant) {
        let labels = RequestLabels {
            route: route.to_owned(),
            status: status.as_u16(),
        };
        self.requests.get_or_create(&labels).inc();
        let labels = RouteLabels {
            route: route.to_owned(),
        };
        self.seconds
            .get_or_create(&labels)
            .observe(started.elapsed().as_secs_f64());
    }
}

impl Accepted {
    pub(crate) fn counted(&self, slot: AcceptedSlot) -> u64 {
        self.0[slot.0].get()
    }

    pub(crate) fn count(&self, slot: AcceptedSlot, events: u64) {
        self.0[slot.0].inc_by(events);
    }

    /// Of all sources, since the start.
    pub(crate) fn of_site(&self, site: SiteIndex) -> u64 {
        let sources = self.0.chunks(SOURCES.len()).nth(site);
        sources.into_iter().flatten().map(Counter::get).sum()
    }
}

fn accepted(registry: &mut Registry, sites: &Sites) -> Accepted {
    let family = Family::<AcceptedLabels, Counter<u64, AtomicU64>>::default();
    registry.register(
        "clickpath_events_accepted",
        "Events confirmed by the queue",
        family.clone(),
    );
    let labels = sites.iter().flat_map(|site| {
        SOURCES.map(|source| AcceptedLabels {
            site: site.name.clone(),
            source: source.as_str().to_owned(),
        })
    });
    Accepted(labels.map(|labels| family.get_or_create_owned(&labels)).collect())
}

fn register_process(registry: &mut Registry, started_at: Timestamp) {
    process::register(registry, started_at);
    let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("clickpath_build", "What is running", build);
}

/// 0.25 ms to 16 s.
pub(crate) fn request_seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.000_25, 4.0, 9))
}

/// `GET /metrics`
pub(crate) async fn text(extract::State(state): extract::State<State>, _: Scraper) -> Response {
    state.metrics.stock.take(&state).await;
    encode(&state.metrics.registry)
}

pub(crate) fn encode(registry: &Registry) -> Response {
    let mut body = String::new();
    match text::encode(&mut body, registry) {
        Ok(()) => ([(header::CONTENT_TYPE, OPEN_METRICS)], body).into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics do not encode");
            crate::error::internal()
        }
    }
}

/// Counts every request but those to `/events`, which counts its own.
pub(crate) async fn record(extract::State(state): extract::State<State>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("other", MatchedPath::as_str);
    let response = next.run(request).await;
    state.metrics.count_request(route, response.status(), started);
    tracing::debug!(route, status = response.status().as_u16(), "answered");
    response
}
