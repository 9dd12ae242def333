use crate::chart::Chart;
use crate::model::{Card, Dashboard, Source, Tab, Tool};

const fn panel(
    title: &'static str,
    unit: &'static str,
    width: u8,
    queries: &'static [(&'static str, &'static str)],
    description: &'static str,
) -> Card {
    let source = Source::Prometheus {
        queries,
        description,
        unit,
    };
    Card::of(source, title, Chart::Line, width)
}

const fn number(
    title: &'static str,
    unit: &'static str,
    queries: &'static [(&'static str, &'static str)],
    description: &'static str,
) -> Card {
    let source = Source::Prometheus {
        queries,
        description,
        unit,
    };
    Card::of(source, title, Chart::Number, 6)
}

/// Gateway, loader and what they stand on, from Prometheus.
pub(super) const SERVICES: Dashboard = Dashboard {
    key: "services",
    title: "Service monitoring",
    description: "Whether events come in, are safe and are stored: gateway, queue, loader, processes.",
    tools: &[Tool::Grafana],
    tabs: &[
        Tab {
            title: "Events",
            cards: &[
                number(
                    "Targets up",
                    "short",
                    &[("sum(up)", "up")],
                    "Scraped processes that answer.",
                ),
                number(
                    "Gap of the ledger",
                    "short",
                    &[("sum(clickpath_ledger_gap)", "events")],
                    "Events of settled minutes that were accepted and are nowhere: 0, or an alarm.",
                ),
                number(
                    "Since the last insert",
                    "seconds",
                    &[("time() - max(clickpath_loader_last_insert_timestamp_seconds)", "age")],
                    "How long ago the loader stored something.",
                ),
                number(
                    "Waiting in the spool",
                    "bytes",
                    &[("sum(clickpath_spool_bytes)", "spool")],
                    "What gateways hold because the broker is away or full.",
                ),
                panel(
                    "Events accepted and refused",
                    "events/s",
                    12,
                    &[
                        (
                            "sum(rate(clickpath_events_accepted_total[$__rate_interval]))",
                            "accepted",
                        ),
                        (
                            "sum by (reason) (rate(clickpath_events_refused_total[$__rate_interval]))",
                            "refused: {{reason}}",
                        ),
                    ],
                    "By the gateways; refused ones by reason.",
                ),
                panel(
                    "Rows stored",
                    "events/s",
                    12,
                    &[
                        ("sum(rate(clickpath_loader_rows_total[$__rate_interval]))", "stored"),
                        (
                            "sum(rate(clickpath_loader_duplicates_total[$__rate_interval]))",
                            "left out as copies",
                        ),
                        (
                            "sum(rate(clickpath_loader_quarantined_total[$__rate_interval]))",
                            "quarantined",
                        ),
                    ],
                    "By the loaders.",
                ),
            ],
        },
        Tab {
            title: "Gateway",
            cards: &[
                panel(
                    "Requests per second",
                    "requests/s",
                    12,
                    &[(
                        "sum by (route, status) (rate(clickpath_http_requests_total[$__rate_interval]))",
                        "{{route}} {{status}}",
                    )],
                    "Answered requests by route and status.",
                ),
                panel(
                    "Response time",
                    "seconds",
                    12,
                    &[
                        (
                            "histogram_quantile(0.5, sum by (le) (rate(clickpath_http_request_seconds_bucket[$__rate_interval])))",
                            "p50",
                        ),
                        (
                            "histogram_quantile(0.95, sum by (le) (rate(clickpath_http_request_seconds_bucket[$__rate_interval])))",
                            "p95",
                        ),
                        (
                            "histogram_quantile(0.99, sum by (le) (rate(clickpath_http_request_seconds_bucket[$__rate_interval])))",
                            "p99",
                        ),
                    ],
                    "Of all routes.",
                ),
                panel(
                    "Time until the queue confirms",
                    "seconds",
                    12,
                    &[(
                        "histogram_quantile(0.95, sum by (le) (rate(clickpath_confirm_seconds_bucket[$__rate_interval])))",
                        "p95",
                    )],
                    "From publish to the broker's confirmation.",
                ),
                panel(
                    "In flight",
                    "short",
                    12,
                    &[
                        ("sum(clickpath_requests_in_flight)", "requests"),
                        ("sum(clickpath_connections)", "connections"),
                        ("sum(clickpath_spool_groups)", "groups in the spool"),
                    ],
                    "Requests and connections of the gateways.",
                ),
            ],
        },
        Tab {
            title: "Queue and loader",
            cards: &[
                panel(
                    "Groups that wait in the queue",
                    "short",
                    8,
                    &[("sum by (route) (clickpath_queue_groups)", "{{route}}")],
                    "Of the embedded queue; RabbitMQ's are beside it.",
                ),
                panel(
                    "Messages in RabbitMQ",
                    "short",
                    8,
                    &[("sum by (queue) (rabbitmq_detailed_queue_messages)", "{{queue}}")],
                    "Ready and unacknowledged, by queue.",
                ),
                panel(
                    "From receipt to the table",
                    "seconds",
                    8,
                    &[
                        (
                            "histogram_quantile(0.5, sum by (le) (rate(clickpath_loader_freshness_seconds_bucket[$__rate_interval])))",
                            "p50",
                        ),
                        (
                            "histogram_quantile(0.99, sum by (le) (rate(clickpath_loader_freshness_seconds_bucket[$__rate_interval])))",
                            "p99",
                        ),
                    ],
                    "How old an event is when it can be asked for.",
                ),
                panel(
                    "Time of an insert",
                    "seconds",
                    12,
                    &[(
                        "histogram_quantile(0.95, sum by (le) (rate(clickpath_loader_insert_duration_seconds_bucket[$__rate_interval])))",
                        "p95",
                    )],
                    "Successful inserts.",
                ),
                panel(
                    "Rows of an insert",
                    "short",
                    12,
                    &[(
                        "sum(rate(clickpath_loader_batch_rows_sum[$__rate_interval])) / sum(rate(clickpath_loader_batch_rows_count[$__rate_interval]))",
                        "mean",
                    )],
                    "How large batches are.",
                ),
            ],
        },
        Tab {
            title: "Processes",
            cards: &[
                panel(
                    "CPU",
                    "cores",
                    12,
                    &[(
                        "rate(process_cpu_seconds_total[$__rate_interval])",
                        "{{job}} {{instance}}",
                    )],
                    "Cores in use by process.",
                ),
                panel(
                    "Memory",
                    "bytes",
                    12,
                    &[("process_resident_memory_bytes", "{{job}} {{instance}}")],
                    "Resident memory by process.",
                ),
                panel(
                    "Free disk",
                    "bytes",
                    12,
                    &[(
                        "min by (instance, folder) (clickpath_disk_free_bytes)",
                        "{{instance}} {{folder}}",
                    )],
                    "Of the disks that gateways and loaders write to.",
                ),
                panel(
                    "Open descriptors",
                    "short",
                    12,
                    &[("process_open_fds", "{{job}} {{instance}}")],
                    "Files and sockets by process.",
                ),
            ],
        },
    ],
};
