use crate::chart::Chart;
use crate::model::{Card, Dashboard, Source, Tab, Tool};

type Queries = &'static [(&'static str, &'static str)];

const fn panel(
    title: &'static str,
    unit: &'static str,
    width: u8,
    queries: Queries,
    description: &'static str,
) -> Card {
    Card::of(asked(queries, description, unit), title, Chart::Line, width)
}

const fn number(title: &'static str, unit: &'static str, queries: Queries, description: &'static str) -> Card {
    Card::of(asked(queries, description, unit), title, Chart::Number, 6)
}

const fn asked(queries: Queries, description: &'static str, unit: &'static str) -> Source {
    Source::Prometheus {
        queries,
        description,
        unit,
    }
}

/// How much a counter grows in a second.
macro_rules! rate {
    ($counter:literal) => {
        concat!("rate(", $counter, "[$__rate_interval])")
    };
}

/// The same of all processes together, or by labels.
macro_rules! sum_of_rates {
    ($counter:literal) => {
        concat!("sum(", rate!($counter), ")")
    };
    ($counter:literal by $labels:literal) => {
        concat!("sum by (", $labels, ") (", rate!($counter), ")")
    };
}

/// Of a histogram of all processes.
macro_rules! quantile {
    ($share:literal of $histogram:literal) => {
        concat!(
            "histogram_quantile(",
            $share,
            ", sum by (le) (rate(",
            $histogram,
            "_bucket[$__rate_interval])))"
        )
    };
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
                    "s",
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
                    "cps",
                    12,
                    &[
                        (sum_of_rates!("clickpath_events_accepted_total"), "accepted"),
                        (
                            sum_of_rates!("clickpath_events_refused_total" by "reason"),
                            "refused: {{reason}}",
                        ),
                    ],
                    "By the gateways; refused ones by reason.",
                ),
                panel(
                    "Rows stored",
                    "cps",
                    12,
                    &[
                        (sum_of_rates!("clickpath_loader_rows_total"), "stored"),
                        (sum_of_rates!("clickpath_loader_duplicates_total"), "left out as copies"),
                        (sum_of_rates!("clickpath_loader_quarantined_total"), "quarantined"),
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
                    "reqps",
                    12,
                    &[(
                        sum_of_rates!("clickpath_http_requests_total" by "route, status"),
                        "{{route}} {{status}}",
                    )],
                    "Answered requests by route and status.",
                ),
                panel(
                    "Response time",
                    "s",
                    12,
                    &[
                        (quantile!("0.5" of "clickpath_http_request_seconds"), "p50"),
                        (quantile!("0.95" of "clickpath_http_request_seconds"), "p95"),
                        (quantile!("0.99" of "clickpath_http_request_seconds"), "p99"),
                    ],
                    "Of all routes.",
                ),
                panel(
                    "Time until the queue confirms",
                    "s",
                    12,
                    &[(quantile!("0.95" of "clickpath_confirm_seconds"), "p95")],
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
                    "s",
                    8,
                    &[
                        (quantile!("0.5" of "clickpath_loader_freshness_seconds"), "p50"),
                        (quantile!("0.99" of "clickpath_loader_freshness_seconds"), "p99"),
                    ],
                    "How old an event is when it can be asked for.",
                ),
                panel(
                    "Time of an insert",
                    "s",
                    12,
                    &[(quantile!("0.95" of "clickpath_loader_insert_duration_seconds"), "p95")],
                    "Successful inserts.",
                ),
                panel(
                    "Rows of an insert",
                    "short",
                    12,
                    &[(
                        concat!(
                            sum_of_rates!("clickpath_loader_batch_rows_sum"),
                            " / ",
                            sum_of_rates!("clickpath_loader_batch_rows_count")
                        ),
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
                    "short",
                    12,
                    &[(rate!("process_cpu_seconds_total"), "{{job}} {{instance}}")],
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
