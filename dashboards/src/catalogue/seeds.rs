use crate::chart::Chart;
use crate::model::{Card, Dashboard, Source, Tab, Tool, metric};

/// Seed 000's list.
pub(super) const SHOP: Dashboard = Dashboard {
    key: "shop-analytics",
    title: "Shop analytics",
    description: "Seed 000: traffic, funnel, products, errors, latency, orders and retention of the shop.",
    tools: &[Tool::Grafana],
    tabs: &[
        Tab {
            title: "Traffic",
            cards: &[
                metric("events_per_minute", 18).last("24h"),
                metric("events_per_minute_peak", 6),
                metric("funnel", 12),
                metric("channel_groups", 12),
                metric("revenue_by_category", 12).titled("Top categories"),
                metric("top_products", 12),
            ],
        },
        Tab {
            title: "Errors and latency",
            cards: &[
                metric("error_share", 6),
                metric("error_codes", 18),
                metric("latency", 12)
                    .titled("Latency p95 and p99")
                    .showing(&["p95_ms", "p99_ms"]),
                metric("latency_over_time", 12),
            ],
        },
        Tab {
            title: "Orders",
            cards: &[
                metric("revenue", 6),
                metric("orders", 6).titled("Number of orders").showing(&["created"]),
                metric("aov", 6),
                metric("cancel_share", 6),
                metric("time_to_pay", 12),
                metric("time_to_deliver", 12),
                metric("cancel_reasons", 24),
            ],
        },
        Tab {
            title: "Retention",
            cards: &[
                metric("retention_by_day", 24).with(&[("days", "14")]),
                metric("retention_by_hour", 24).with(&[("hours", "24")]).last("7d"),
            ],
        },
    ],
};

/// Seed 001's list.
pub(super) const CLICKSTREAM: Dashboard = Dashboard {
    key: "clickstream",
    title: "Clickstream",
    description: "Seed 001: active users, clicks to views, click-through, session length, devices and the ten most viewed pages.",
    tools: &[Tool::Metabase, Tool::Superset, Tool::Grafana],
    tabs: &[Tab {
        title: "Clickstream",
        cards: &[
            metric("dau", 8).titled("DAU"),
            metric("wau", 8).titled("WAU"),
            metric("mau", 8).titled("MAU"),
            metric("element_ctr", 12)
                .titled("Clicks to views by element")
                .showing(&["views", "clicks"])
                .with(&[("limit", "20")])
                .drawn_as(Chart::Bars),
            metric("heatmap", 12)
                .titled("Heatmap of clicks")
                .with(&[("limit", "1000")]),
            metric("element_ctr", 24)
                .titled("Conversion from view to click")
                .drawn_as(Chart::BarTable),
            metric("session_duration", 6)
                .titled("Average session duration")
                .showing(&["mean_ms"]),
            metric("devices", 8).titled("Sessions by device type"),
            metric("top_pages", 10).titled("Top 10 pages").with(&[("limit", "10")]),
        ],
    }],
};

/// Seed 002's seven panels, in its words.
pub(super) const ECOMMERCE: Dashboard = Dashboard {
    key: "ecommerce",
    title: "E-commerce analytics",
    description: "Seed 002: the seven panels of the shop whose products and carts `clickpath pull` fetches.",
    tools: &[Tool::Grafana],
    tabs: &[Tab {
        title: "Sales",
        cards: &[
            metric("revenue", 6).titled("Total Revenue").showing(&["net_revenue"]),
            metric("orders_by_session", 6).titled("Total Orders"),
            metric("conversion", 6).titled("Conversion Rate"),
            metric("aov", 6).titled("Average Order Value"),
            metric("revenue_by_day", 24).titled("Daily Revenue Trend"),
            metric("revenue_by_category", 10).titled("Revenue by Category"),
            metric("top_products", 14).titled("Top Products by Revenue"),
        ],
    }],
};

const fn count(sql: &'static str, title: &'static str, at_least: u32, description: &'static str) -> Card {
    let source = Source::Sql {
        sql,
        description,
        at_least,
    };
    Card::of(source, title, Chart::Number, 6)
}

/// Seed 003's checks; the file has the seed's name.
pub(super) const PROBABLY_FRESH: Dashboard = Dashboard {
    key: "probablyfresh-overview",
    title: "ProbablyFresh MVP Checks",
    description: "Seed 003: what `make generate-data load-nosql` must have brought. Green: as many as the seed asks for.",
    tools: &[Tool::Grafana],
    tabs: &[Tab {
        title: "Checks",
        cards: &[
            count(
                "SELECT count() AS count FROM stores_raw WHERE site = asked_site",
                "Stores",
                45,
                "Distinct stores, however often they were published; the seed has 45.",
            ),
            count(
                "SELECT count() AS count FROM purchases_raw WHERE site = asked_site",
                "Purchases",
                200,
                "Distinct purchases; the seed has at least 200.",
            ),
            count(
                "SELECT count() AS count FROM products_raw WHERE site = asked_site",
                "Products",
                100,
                "Distinct products; the seed has at least 100, 20 in each of 5 categories.",
            ),
            count(
                "SELECT count() AS count FROM customers_raw WHERE site = asked_site",
                "Customers",
                45,
                "Distinct customers; the seed has at least one per store.",
            ),
            count(
                "SELECT uniqExact(JSONExtractString(payload, 'category')) AS count FROM products_raw WHERE site = asked_site",
                "Categories of products",
                5,
                "Distinct categories of products.",
            ),
            count(
                "SELECT countIf(JSONExtractString(payload, 'network') LIKE '%Almost%') AS count FROM stores_raw WHERE site = asked_site",
                "Stores of Almost",
                30,
                "Stores whose network is Almost; the others are Maybe.",
            ),
            count(
                "SELECT countIf(NOT match(payload, '[A-Za-z0-9._-]+@[A-Za-z0-9.-]+')) AS count FROM customers_raw WHERE site = asked_site",
                "Customers without a readable address",
                45,
                "Customers whose payload has no e-mail address in the clear.",
            ),
        ],
    }],
};
