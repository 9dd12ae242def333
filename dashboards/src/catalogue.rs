//! Which dashboards there are: ours, and one for each seed under the seed's own names.

mod monitoring;
mod seeds;

use crate::chart::Chart;
use crate::model::{Card, Dashboard, Tab, Tool, metric};

const ALL: &[Tool] = &[Tool::Metabase, Tool::Superset, Tool::Grafana];

/// All of them, ours first.
pub const DASHBOARDS: &[Dashboard] = &[
    CLICKPATH,
    seeds::SHOP,
    seeds::CLICKSTREAM,
    seeds::ECOMMERCE,
    seeds::PROBABLY_FRESH,
    monitoring::SERVICES,
];

/// Those that a tool gets.
pub fn of(tool: Tool) -> impl Iterator<Item = &'static Dashboard> {
    DASHBOARDS.iter().filter(move |dashboard| dashboard.is_for(tool))
}

const CLICKPATH: Dashboard = Dashboard {
    key: "clickpath",
    title: "Clickpath",
    description: "What visitors do, what they buy, and how far the numbers can be trusted.",
    tools: ALL,
    tabs: &[
        Tab {
            title: "Overview",
            cards: OVERVIEW,
        },
        Tab {
            title: "Behaviour",
            cards: BEHAVIOUR,
        },
        Tab {
            title: "Commerce",
            cards: COMMERCE,
        },
        Tab {
            title: "Quality",
            cards: QUALITY,
        },
    ],
};

const OVERVIEW: &[Card] = &[
    metric("users", 6),
    metric("events", 6),
    metric("bounce_rate", 6),
    metric("session_duration", 6).showing(&["median_ms"]),
    metric("dau", 12),
    metric("new_users", 12),
    metric("wau", 12),
    metric("mau", 12),
    metric("sessions", 12),
    metric("page_views", 12),
    metric("channel_groups", 8),
    metric("devices", 8),
    metric("countries", 8),
    metric("channels", 12),
    metric("referrers", 12),
    metric("browsers", 12),
    metric("operating_systems", 12),
];

const BEHAVIOUR: &[Card] = &[
    metric("element_ctr", 14),
    metric("heatmap", 10).with(&[("limit", "1000")]),
    metric("funnel", 8),
    metric("top_pages", 8),
    metric("users_by_page", 8),
    metric("paths", 24),
    metric("retention_by_day", 24).with(&[("days", "14")]),
    metric("campaigns", 24),
];

const COMMERCE: &[Card] = &[
    metric("revenue", 6).showing(&["net_revenue"]),
    metric("orders", 6).showing(&["created"]),
    metric("aov", 6),
    metric("conversion", 6).showing(&["by_sessions"]),
    metric("revenue_by_day", 12),
    metric("revenue_by_category", 12),
    metric("top_products", 14),
    metric("funnel", 10)
        .titled("From product to payment")
        .with(&[("steps", "product_view,add_to_cart,order_paid")]),
    metric("abandoned_carts", 6),
    metric("cancel_share", 6),
    metric("time_to_pay", 6).showing(&["p50_ms"]),
    metric("time_to_deliver", 6).showing(&["p50_ms"]),
    metric("cancel_reasons", 12),
    metric("error_codes", 12).titled("Refused payments by error code"),
];

const QUALITY: &[Card] = &[
    metric("error_share", 6).titled("Refused payments"),
    metric("late_share", 6),
    metric("duplicate_share", 6),
    metric("events_per_minute_peak", 6),
    metric("latency", 12),
    metric("latency_over_time", 12),
    metric("bots", 12),
    metric("sessions", 12)
        .titled("Sessions of one event")
        .showing(&["one_event"])
        .drawn_as(Chart::Bars),
];
