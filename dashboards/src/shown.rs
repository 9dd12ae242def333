/// Of a metric's columns, what a chart draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// What rows are by: the axis first, then what splits it into series.
    pub by: &'static [&'static str],
    /// Numbers that are drawn, in the metric's unit.
    pub values: &'static [&'static str],
    /// What a table has beside them.
    pub also: &'static [&'static str],
}

impl Shown {
    /// Of a table, in their order.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.by.iter().chain(self.values).chain(self.also).copied()
    }
}

const fn columns(by: &'static [&'static str], values: &'static [&'static str], also: &'static [&'static str]) -> Shown {
    Shown { by, values, also }
}

/// Nothing for a metric that no card shows; a test asks the engine whether those that cards show have these columns.
pub fn shown(metric: &str) -> Shown {
    const AUDIENCE: &[&str] = &["users"];
    match metric {
        "abandoned_carts" => columns(
            &[],
            &["abandoned_share"],
            &["with_cart", "without_order", "without_payment"],
        ),
        "aov" => columns(&["currency"], &["aov"], &["orders"]),
        "bots" => columns(&["reason"], &["events"], &["sessions"]),
        "bounce_rate" => columns(&[], &["bounce_rate"], &["sessions", "bounced"]),
        "browsers" => columns(&["browser"], &["sessions"], AUDIENCE),
        "campaigns" => columns(
            &["utm_source", "utm_medium", "utm_campaign"],
            &["sessions"],
            &["users", "purchase_sessions"],
        ),
        "cancel_reasons" => columns(&["cancel_reason"], &["orders"], &[]),
        "cancel_share" => columns(&[], &["cancel_share"], &["orders", "cancelled"]),
        "channel_groups" => columns(&["channel_group"], &["sessions"], AUDIENCE),
        "channels" => columns(&["channel"], &["sessions"], AUDIENCE),
        "conversion" => columns(
            &[],
            &["by_sessions", "by_views"],
            &["purchase_sessions", "product_view_sessions", "product_views"],
        ),
        "countries" => columns(&["country"], &["sessions"], AUDIENCE),
        "dau" | "mau" | "wau" => columns(&["day"], &["users"], &[]),
        "devices" => columns(&["device_type"], &["sessions"], AUDIENCE),
        "duplicate_share" => columns(&[], &["duplicate_share"], &["accepted", "duplicates"]),
        "element_ctr" => columns(
            &["element_id"],
            &["ctr"],
            &[
                "ctr_low",
                "ctr_high",
                "seen",
                "seen_and_clicked",
                "views",
                "clicks",
                "raw_ctr",
            ],
        ),
        "error_codes" => columns(&["error_code"], &["errors"], &[]),
        "error_share" => columns(&[], &["error_share"], &["events", "errors"]),
        "events" => columns(&[], &["events"], &["first_at", "last_at"]),
        "events_per_minute" => columns(
            &["minute"],
            &["page_views", "element_views", "clicks", "other_events"],
            &["events", "sessions"],
        ),
        "events_per_minute_peak" => columns(&[], &["events"], &["minute"]),
        "funnel" => columns(
            &["event_title"],
            &["sessions"],
            &["step", "share_of_first", "share_of_previous"],
        ),
        "heatmap" => columns(&["bin_x", "bin_y"], &["clicks"], &["path", "device_type"]),
        "last_events" => columns(
            &["received_at"],
            &[],
            &[
                "event_title",
                "element_id",
                "path",
                "session_id",
                "device_type",
                "browser",
                "country",
                "channel",
            ],
        ),
        "late_share" => columns(
            &[],
            &["late_share"],
            &["events", "late", "clock_off", "clock_off_share"],
        ),
        "latency" => columns(&["event_title"], &["p50_ms", "p95_ms", "p99_ms"], &["events"]),
        "latency_over_time" => columns(&["time"], &["p50_ms", "p95_ms", "p99_ms"], &["events"]),
        "live" => columns(&[], &["users"], &["sessions", "page_views", "clicks", "events"]),
        "monthly_users" => columns(&["month"], &["users"], &[]),
        "new_users" => columns(&["day"], &["new_users", "returning_users"], &[]),
        "operating_systems" => columns(&["os"], &["sessions"], AUDIENCE),
        "order_value" => columns(&["currency"], &["order_value"], &["orders"]),
        "orders" => columns(
            &[],
            &["created", "paid"],
            &["cancelled", "failed", "unknown", "delivered", "items"],
        ),
        "orders_by_session" => columns(&["currency"], &["orders"], &["revenue", "aov"]),
        "page_views" => columns(&["day"], &["page_views"], &["sessions"]),
        "paths" => columns(&["from_path", "to_path"], &["count"], &[]),
        "platforms" => columns(&["platform"], &["sessions"], AUDIENCE),
        "referrers" => columns(&["referrer"], &["sessions"], AUDIENCE),
        "retention_by_day" => columns(&["first_day", "days_later"], &["share"], &["users", "active"]),
        "retention_by_hour" => columns(&["first_hour", "hours_later"], &["share"], &["users", "active"]),
        "revenue" => columns(
            &["currency"],
            &["net_revenue", "gross_revenue"],
            &["orders", "orders_ever_paid"],
        ),
        "revenue_by_category" => columns(&["category", "currency"], &["revenue"], &["orders"]),
        "revenue_by_day" => columns(&["day", "currency"], &["revenue"], &["orders"]),
        "session_duration" => columns(
            &[],
            &["mean_ms", "median_ms"],
            &["mean_ms_without_one_event", "sessions", "one_event"],
        ),
        "sessions" => columns(&["day"], &["sessions"], &["one_event", "mean_ms", "bounce_rate"]),
        "time_to_deliver" | "time_to_pay" => columns(&[], &["p50_ms", "p95_ms"], &["mean_ms", "orders"]),
        "top_pages" => columns(&["path"], &["views"], &["sessions"]),
        "top_products" => columns(
            &["product_id", "currency"],
            &["revenue"],
            &["purchases", "units", "views"],
        ),
        "users" => columns(&[], &["users"], &[]),
        "users_by_page" => columns(&["path"], &["users"], &[]),
        "weekly_users" => columns(&["week"], &["users"], &[]),
        _ => columns(&[], &[], &[]),
    }
}

/// A column whose values are days or moments.
pub fn is_time(column: &str) -> bool {
    ["day", "week", "month", "minute", "time"].contains(&column)
}

/// What the numbers of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Count,
    /// Between 0 and 1.
    Share,
    Money,
    Milliseconds,
    Other,
}

/// Of a column of a metric.
pub fn unit(column: &str) -> Unit {
    match column {
        "ctr" | "ctr_low" | "ctr_high" | "raw_ctr" | "bounce_rate" | "by_sessions" | "by_views" | "share" => {
            Unit::Share
        }
        "revenue" | "net_revenue" | "gross_revenue" | "aov" | "order_value" => Unit::Money,
        "from_path" | "to_path" | "path" | "first_at" | "last_at" => Unit::Other,
        column if column.ends_with("_ms") => Unit::Milliseconds,
        column if column.ends_with("_share") || column.starts_with("share_of_") => Unit::Share,
        column if is_time(column) => Unit::Other,
        _ => Unit::Count,
    }
}
