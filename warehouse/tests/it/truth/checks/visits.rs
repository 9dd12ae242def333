use generator::Expected;
use generator::truth::{Audience, ClickPlace, Cohort, DayUsers, HourLatency, Latency, Minute, Pulse};
use serde_json::{Value, json};

use super::{Check, check, date_time};

/// What visitors do.
pub(super) fn checks(expected: &Expected) -> Vec<Check> {
    // A new field must find its metric.
    let Expected {
        timezone: _,
        with_bots: _,
        events,
        first_ms,
        last_ms,
        users,
        sessions,
        minutes,
        peak_events_per_minute,
        live: _,
        pulse,
        pages,
        page_views_by_day,
        devices,
        browsers,
        operating_systems,
        platforms,
        countries,
        channels,
        channel_groups,
        referrers,
        campaigns,
        elements,
        page_elements,
        heatmap,
        click_places,
        funnels,
        conversion,
        carts,
        paths,
        path_steps: _,
        recent_sessions: _,
        journeys: _,
        last_events: _,
        retention_by_day,
        retention_by_hour,
        orders: _,
        payments: _,
        latency,
        latency_by_hour,
        bots,
        delivery: _,
    } = expected;
    let days = |users: fn(&DayUsers) -> u64| {
        let rows = expected.users.by_day.iter();
        rows.map(|row| json!({"day": row.day, "users": users(row)})).collect()
    };
    let named = |name: &str, rows: &[Audience]| {
        let row = |row: &Audience| json!({name: row.value, "sessions": row.sessions, "users": row.users});
        rows.iter().map(row).collect::<Vec<_>>()
    };
    let new = |cohort: &Cohort| json!({"day": cohort.first, "new_users": cohort.active[0]});
    let mut checks = vec![
        check(
            "events",
            &[],
            vec![json!({"events": events, "first_at": date_time(*first_ms), "last_at": date_time(*last_ms)})],
        ),
        check("users", &[], vec![json!({"users": users.total})]),
        check("dau", &["day"], days(|row| row.dau)),
        check("wau", &["day"], days(|row| row.wau)),
        check("mau", &["day"], days(|row| row.mau)),
        check(
            "weekly_users",
            &["week"],
            users
                .by_week
                .iter()
                .map(|(week, users)| json!({"week": week, "users": users}))
                .collect(),
        ),
        check(
            "monthly_users",
            &["month"],
            users
                .by_month
                .iter()
                .map(|(month, users)| json!({"month": format!("{month}-01"), "users": users}))
                .collect(),
        ),
        Check {
            leave_out: Some("new_users"),
            ..check("new_users", &["day"], retention_by_day.iter().map(new).collect())
        },
        check(
            "session_duration",
            &[],
            vec![json!({
                "sessions": sessions.sessions,
                "one_event": sessions.one_event,
                "total_ms": sessions.total_ms,
                "mean_ms": sessions.mean_ms,
                "mean_ms_without_one_event": sessions.mean_ms_without_one_event,
                "median_ms": sessions.median_ms,
            })],
        ),
        check(
            "bounce_rate",
            &[],
            vec![json!({"bounced": sessions.bounced, "bounce_rate": sessions.bounce_share})],
        ),
        Check {
            leave_out: Some("sessions"),
            ..check(
                "sessions",
                &["day"],
                sessions
                    .by_day
                    .iter()
                    .map(|(day, sessions)| json!({"day": day, "sessions": sessions}))
                    .collect(),
            )
        },
        Check {
            leave_out: Some("events"),
            ..check("events_per_minute", &["minute"], minutes.iter().map(minute).collect())
        },
        check(
            "events_per_minute_peak",
            &[],
            vec![json!({"events": peak_events_per_minute})],
        ),
        check(
            "top_pages",
            &["path"],
            pages
                .iter()
                .map(|page| json!({"path": page.path, "views": page.views, "sessions": page.sessions}))
                .collect(),
        ),
        check(
            "users_by_page",
            &["path"],
            pages
                .iter()
                .map(|page| json!({"path": page.path, "users": page.users}))
                .collect(),
        ),
        Check {
            leave_out: Some("page_views"),
            ..check("page_views", &["day"], rows(page_views_by_day))
        },
        check("devices", &["device_type"], named("device_type", devices)),
        check("browsers", &["browser"], named("browser", browsers)),
        check("operating_systems", &["os"], named("os", operating_systems)),
        check("platforms", &["platform"], named("platform", platforms)),
        check("countries", &["country"], named("country", countries)),
        check("channels", &["channel"], named("channel", channels)),
        check(
            "channel_groups",
            &["channel_group"],
            named("channel_group", channel_groups),
        ),
        check("referrers", &["referrer"], named("referrer", referrers)),
        check(
            "campaigns",
            &["utm_source", "utm_medium", "utm_campaign"],
            rows(campaigns),
        ),
        check("element_ctr", &["element_id"], rows(elements)),
        check("page_elements", &["path", "element_id"], rows(page_elements)),
        // The model's visitors tell of no end of a look.
        check("scroll_reach", &[], Vec::new()),
        check("heatmap", &["path", "device_type", "bin_x", "bin_y"], rows(heatmap)),
        check("click_map", &[], click_places.iter().map(place).collect()),
        check("conversion", &[], vec![json!(conversion)]),
        check("abandoned_carts", &[], vec![json!(carts)]),
        check(
            "paths",
            &["from_path", "to_path"],
            paths
                .iter()
                .map(|next| json!({"from_path": next.from, "to_path": next.to, "count": next.count}))
                .collect(),
        ),
        cohorts(
            "retention_by_day",
            &["first_day", "days_later"],
            "days",
            retention_by_day,
        ),
        cohorts(
            "retention_by_hour",
            &["first_hour", "hours_later"],
            "hours",
            retention_by_hour,
        ),
        check("bots", &["reason"], rows(bots)),
        check("latency", &["event_title"], latency.iter().map(answers).collect()),
        Check {
            own: vec![("tz", "UTC".to_owned()), ("minutes", "60".to_owned())],
            ..check("pulse", &["time"], pulse.iter().map(beat).collect())
        },
        Check {
            own: vec![("tz", "UTC".to_owned()), ("minutes", "60".to_owned())],
            ..check(
                "latency_over_time",
                &["time"],
                latency_by_hour.iter().map(hour).collect(),
            )
        },
    ];
    for funnel in funnels {
        let titles: Vec<_> = funnel.steps.iter().map(|title| title.as_str()).collect();
        let steps = titles.iter().zip(&funnel.sessions).enumerate();
        let row = |(number, (title, sessions)): (usize, (&&str, &u64))| json!({"step": number + 1, "event_title": title, "sessions": sessions});
        checks.push(Check {
            own: vec![("steps", titles.join(","))],
            ..check("funnel", &["step"], steps.map(row).collect())
        });
    }
    checks
}

fn minute(minute: &Minute) -> Value {
    let mut row = json!(minute);
    let at = date_time(minute.minute_ms);
    row.as_object_mut().unwrap().remove("minute_ms");
    row["minute"] = json!(at.trim_end_matches(".000"));
    row
}

/// The metric's means are rounded.
fn place(place: &ClickPlace) -> Value {
    let rounded = |mean: f64| (mean * 1e5).round_ties_even() / 1e5;
    json!({
        "element_id": place.element_id,
        "place": "offset",
        "clicks": place.clicks,
        "at_x": rounded(place.at_x),
        "at_y": rounded(place.at_y),
    })
}

fn beat(pulse: &Pulse) -> Value {
    let mut row = json!(pulse);
    row.as_object_mut().unwrap().remove("hour_ms");
    row["time"] = json!(date_time(pulse.hour_ms).trim_end_matches(".000"));
    row
}

fn hour(hour: &HourLatency) -> Value {
    let mut row = answers(&hour.latency);
    row.as_object_mut().unwrap().remove("event_title");
    row["time"] = json!(date_time(hour.hour_ms).trim_end_matches(".000"));
    row
}

fn answers(latency: &Latency) -> Value {
    let mut row = json!(latency);
    let title = latency.title.map_or("", |title| title.as_str());
    row.as_object_mut().unwrap().remove("title");
    row["event_title"] = json!(title);
    row
}

fn cohorts(metric: &'static str, key: &'static [&'static str; 2], limit: &'static str, cohorts: &[Cohort]) -> Check {
    let [first, later] = *key;
    let furthest = cohorts.iter().map(|cohort| cohort.active.len()).max().unwrap_or(1) - 1;
    let row = |cohort: &Cohort| {
        let name = cohort.first.trim_end_matches(".000Z").replace('T', " ");
        let active = cohort.active.clone().into_iter().enumerate();
        let users = cohort.active[0];
        let row = move |(number, active): (usize, u64)| json!({first: name, later: number, "users": users, "active": active, "share": active as f64 / users as f64});
        active.map(row).collect::<Vec<_>>()
    };
    Check {
        own: vec![(limit, furthest.to_string())],
        ..check(metric, key, cohorts.iter().flat_map(row).collect())
    }
}

fn rows(rows: &[impl serde::Serialize]) -> Vec<Value> {
    rows.iter().map(|row| json!(row)).collect()
}
