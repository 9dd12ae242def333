//! Every number is counted by hand from the story.

mod story;

use std::collections::BTreeMap;

use super::Durations;
use crate::occurrence::Title;
use story::{DAY, FRIDAY, expected};

#[test]
fn users_are_those_of_the_zones_days() {
    let days = |zone| {
        let rows = expected(zone, false).users.by_day;
        rows.into_iter()
            .map(|row| (row.day, row.dau, row.wau, row.mau))
            .collect::<Vec<_>>()
    };
    let day = |day: &str, dau, wau, mau| (day.to_owned(), dau, wau, mau);
    let utc = vec![
        day("2026-11-20", 2, 2, 2),
        day("2026-11-21", 1, 2, 2),
        day("2026-11-22", 1, 2, 2),
    ];
    assert_eq!(days("UTC"), utc);
    // Bob's first look falls on Saturday in Berlin; Ann's delivery on Monday is no visit.
    let berlin = vec![
        day("2026-11-20", 1, 1, 1),
        day("2026-11-21", 2, 2, 2),
        day("2026-11-22", 1, 2, 2),
    ];
    assert_eq!(days("Europe/Berlin"), berlin);
    let users = expected("UTC", false).users;
    assert_eq!(users.total, 2);
    assert_eq!(users.by_week, BTreeMap::from([("2026-11-16".to_owned(), 2)]));
    assert_eq!(users.by_month, BTreeMap::from([("2026-11".to_owned(), 2)]));
}

#[test]
fn cohorts_return() {
    let expected = expected("UTC", false);
    let rows = |cohorts: Vec<super::Cohort>| {
        cohorts
            .into_iter()
            .map(|row| (row.first, row.active))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        rows(expected.retention_by_day),
        [("2026-11-20".to_owned(), vec![2, 1, 1])]
    );
    let hours = rows(expected.retention_by_hour);
    assert_eq!(hours.len(), 2);
    assert_eq!(hours[0].0, "2026-11-20T10:00:00.000Z");
    assert_eq!(
        (hours[0].1[0], hours[0].1[24], hours[0].1.iter().sum::<u64>()),
        (1, 1, 2)
    );
}

#[test]
fn sessions_last_from_first_to_last_visit_event() {
    let sessions = expected("UTC", false).sessions;
    assert_eq!((sessions.sessions, sessions.one_event), (4, 1));
    assert_eq!(sessions.total_ms, 60_000 + 4_000 + 1_000);
    assert_eq!(sessions.mean_ms, Some(65_000.0 / 4.0));
    assert_eq!(sessions.mean_ms_without_one_event, Some(65_000.0 / 3.0));
    assert_eq!(sessions.median_ms, Some(4_000));
    assert_eq!((sessions.bounced, sessions.bounce_share), (2, Some(0.5)));
    assert_eq!(sessions.by_day["2026-11-20"], 2);
}

#[test]
fn audiences_and_pages_count_visits() {
    let expected = expected("UTC", false);
    let rows = |audience: Vec<super::Audience>| {
        let rows = audience.into_iter().map(|row| (row.value, row.sessions, row.users));
        rows.collect::<Vec<_>>()
    };
    let row = |value: &str, sessions, users| (value.to_owned(), sessions, users);
    assert_eq!(rows(expected.devices), [row("desktop", 2, 1), row("mobile", 2, 1)]);
    assert_eq!(rows(expected.countries), [row("DE", 2, 1), row("FR", 2, 1)]);
    assert_eq!(
        rows(expected.channels),
        [row("direct", 1, 1), row("email", 2, 1), row("organic_search", 1, 1)]
    );
    assert_eq!(rows(expected.platforms), [row("web", 4, 2)]);
    assert_eq!(rows(expected.referrers), [row("", 3, 2), row("www.google.com", 1, 1)]);
    let campaigns = expected.campaigns.iter().map(|campaign| {
        let parameters = [&campaign.utm_source, &campaign.utm_medium, &campaign.utm_campaign];
        let counts = [campaign.sessions, campaign.users, campaign.purchase_sessions];
        (parameters.map(String::as_str), counts)
    });
    assert_eq!(
        campaigns.collect::<Vec<_>>(),
        [(["newsletter", "email", "spring"], [2, 1, 0])]
    );
    let hours = expected.latency_by_hour.iter().map(|hour| {
        let hours_later = (hour.hour_ms - FRIDAY) / 3_600_000;
        (hours_later, hour.latency.events, hour.latency.p50_ms)
    });
    assert_eq!(
        hours.collect::<Vec<_>>(),
        [
            (0, 4, Some(300)),
            (13, 1, Some(150)),
            (24, 3, Some(120)),
            (48, 2, Some(600))
        ]
    );
    let page = |path: &str, views, sessions, users| (path.to_owned(), views, sessions, users);
    let pages = expected
        .pages
        .into_iter()
        .map(|page| (page.path, page.views, page.sessions, page.users));
    assert_eq!(
        pages.collect::<Vec<_>>(),
        [
            page("/shop/", 3, 3, 2),
            page("/shop/product.html", 2, 2, 2),
            page("/shop/cart.html", 1, 1, 1)
        ]
    );
    let paths = expected
        .paths
        .into_iter()
        .map(|next| (next.from, next.to, next.count))
        .collect::<Vec<_>>();
    let next = |from: &str, to: &str, count| (from.to_owned(), to.to_owned(), count);
    assert_eq!(
        paths,
        [
            next("/shop/", "", 1),
            next("/shop/", "/shop/cart.html", 1),
            next("/shop/", "/shop/product.html", 1),
            next("/shop/cart.html", "", 1),
            next("/shop/product.html", "", 2),
        ]
    );
}

#[test]
fn page_views_belong_to_the_day_of_the_first() {
    let rows = expected("UTC", false).page_views_by_day.into_iter();
    let rows = rows.map(|row| (row.day, row.page_views, row.sessions));
    let day = |day: &str, page_views, sessions| (day.to_owned(), page_views, sessions);
    assert_eq!(
        rows.collect::<Vec<_>>(),
        [
            day("2026-11-20", 3, 2),
            day("2026-11-21", 2, 1),
            day("2026-11-22", 1, 1)
        ]
    );
}

#[test]
fn ways_go_page_by_page() {
    let [all, through] = &expected("UTC", false).path_steps[..] else {
        panic!("every way, and those through a product")
    };
    let rows = |steps: &super::PathSteps| {
        let rows = steps.rows.iter();
        rows.map(|row| format!("{} {} → {}: {}", row.step, row.from, row.to, row.sessions))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        rows(all),
        [
            "1 /shop/ → : 1",
            "1 /shop/ → /shop/cart.html: 1",
            "1 /shop/ → /shop/product.html: 1",
            "1 /shop/product.html → : 1",
            "2 /shop/cart.html → : 1",
            "2 /shop/product.html → : 1",
        ]
    );
    assert_eq!(
        rows(through),
        ["1 /shop/ → /shop/product.html: 1", "2 /shop/product.html → : 1"]
    );
}

#[test]
fn sessions_are_listed_with_what_came_of_them() {
    let visits = expected("UTC", false).recent_sessions;
    let rows = visits.iter().map(|visit| {
        let numbers = (visit.page_views, visit.events, visit.length_ms);
        (&*visit.entry_path, &*visit.exit_path, numbers, &*visit.outcome)
    });
    assert_eq!(
        rows.collect::<Vec<_>>(),
        [
            ("/shop/product.html", "/shop/product.html", (1, 2, 1_000), "ordered"),
            ("/shop/", "/shop/cart.html", (2, 3, 4_000), "paid"),
            ("/shop/", "/shop/", (1, 1, 0), "bounced"),
            ("/shop/", "/shop/product.html", (2, 8, 60_000), "paid"),
        ]
    );
}

#[test]
fn single_events_are_told_in_order() {
    let expected = expected("UTC", false);
    let ann = &expected.journeys[0].events;
    assert_eq!((ann.len(), expected.journeys.len()), (15, 4));
    assert_eq!((ann[0].after_ms, ann[4].after_ms), (None, Some(1_000)));
    assert_eq!((&*ann[2].element_id, &*ann[2].path), ("#hero-link", "/shop/"));
    assert_eq!((&*ann[6].product_id, &*ann[6].category), ("sencha", "tea"));
    let refused = &ann[10];
    assert_eq!(
        (&*refused.status, &*refused.error_code, refused.latency_ms),
        ("error", "DECLINED", Some(300))
    );
    let last = &expected.last_events;
    assert_eq!((last.len(), last[0].event_title), (28, Title::OrderDelivered));
    assert_eq!(last[0].received_ms, FRIDAY + 3 * DAY);
    let [five, hour] = &expected.live[..] else {
        panic!("five minutes, and an hour")
    };
    assert_eq!((five.minutes, five.users, five.events), (5, 0, 1));
    assert_eq!((hour.minutes, hour.sessions, hour.events), (60, 0, 1));
}

#[test]
fn elements_count_pairs_beside_events() {
    let expected = expected("UTC", false);
    let [element] = &expected.elements[..] else {
        panic!("{:?}", expected.elements)
    };
    assert_eq!((element.views, element.clicks), (2, 2));
    assert_eq!((element.seen, element.seen_and_clicked), (2, 1));
    assert_eq!((element.ctr, element.raw_ctr), (Some(0.5), Some(1.0)));
    let [on_page] = &expected.page_elements[..] else {
        panic!("{:?}", expected.page_elements)
    };
    assert_eq!((&*on_page.path, on_page.seen, on_page.clicked), ("/shop/", 2, 1));
    let [bin] = &expected.heatmap[..] else {
        panic!("{:?}", expected.heatmap)
    };
    assert_eq!(
        (&*bin.path, &*bin.device_type, bin.bin_x, bin.bin_y, bin.clicks),
        ("/shop/", "desktop", 2, 5, 1)
    );
}

#[test]
fn funnels_go_step_by_step() {
    let funnels = expected("UTC", false).funnels;
    assert_eq!(funnels[0].sessions, [4, 1, 1, 1, 1, 1]);
    assert_eq!(
        funnels[1].steps,
        [Title::ProductView, Title::AddToCart, Title::OrderPaid]
    );
    assert_eq!(funnels[1].sessions, [1, 1, 1]);
    let with_bots = expected("UTC", true).funnels;
    assert_eq!(with_bots[0].sessions, [5, 2, 1, 1, 1, 1]);
}

#[test]
fn conversion_and_carts_count_sessions() {
    let expected = expected("UTC", false);
    let conversion = expected.conversion;
    assert_eq!((conversion.purchase_sessions, conversion.product_view_sessions), (2, 1));
    assert_eq!((conversion.product_views, conversion.by_views), (1, Some(2.0)));
    let carts = expected.carts;
    assert_eq!((carts.with_cart, carts.without_order, carts.without_payment), (2, 0, 1));
}

/// Ann: 2 × 14.50 + 11.90 paid; 9.80 paid and cancelled; 9.80 not paid. Bob: 79.00 failed.
#[test]
fn order_value_counts_one_stage() {
    let orders = expected("UTC", false).orders;
    let counts = [
        orders.created,
        orders.paid,
        orders.cancelled,
        orders.failed,
        orders.unknown,
    ];
    assert_eq!(counts, [4, 1, 1, 1, 1]);
    assert_eq!((orders.delivered, orders.items, orders.paying_sessions), (1, 6, 1));
    assert_eq!(orders.order_value_cents, 4_090 + 980 + 980 + 7_900);
    assert_eq!((orders.gross_revenue_cents, orders.net_revenue_cents), (5_070, 4_090));
    assert_eq!(
        (orders.average_order_value_cents, orders.cancel_share),
        (Some(4_090.0), Some(0.25))
    );
    assert_eq!(
        orders.cancel_reasons,
        BTreeMap::from([("CUSTOMER_REQUEST".to_owned(), 1)])
    );
    assert_eq!(
        orders.revenue_by_day_cents,
        BTreeMap::from([("2026-11-20".to_owned(), 4_090)])
    );
    let [tea] = &orders.categories[..] else {
        panic!("{:?}", orders.categories)
    };
    assert_eq!((&*tea.category, tea.revenue_cents, tea.orders), ("tea", 4_090, 1));
    let products = orders
        .products
        .iter()
        .map(|row| (&*row.product_id, row.revenue_cents, row.units, row.views));
    assert_eq!(
        products.collect::<Vec<_>>(),
        [("sencha", 2_900, 2, 1), ("assam", 1_190, 1, 0)]
    );
    let to_pay = Durations {
        orders: 2,
        mean_ms: Some(13_500.0),
        p50_ms: Some(25_000),
        p95_ms: Some(25_000),
    };
    assert_eq!(orders.time_to_pay, to_pay);
    assert_eq!(
        (orders.time_to_deliver.orders, orders.time_to_deliver.p50_ms),
        (1, Some((3 * DAY - 95_000) as u64))
    );
}

#[test]
fn payments_and_latency_count_attempts() {
    let expected = expected("UTC", false);
    assert_eq!((expected.payments.attempts, expected.payments.errors), (4, 2));
    assert_eq!(
        expected.payments.error_codes,
        BTreeMap::from([("DECLINED".to_owned(), 2)])
    );
    let rows = expected
        .latency
        .iter()
        .map(|row| (row.title, row.events, row.p50_ms, row.p99_ms));
    assert_eq!(
        rows.collect::<Vec<_>>(),
        [
            (None, 10, Some(200), Some(600)),
            (Some(Title::PageView), 6, Some(130), Some(200)),
            (Some(Title::PaymentAttempt), 4, Some(500), Some(600)),
        ]
    );
}

#[test]
fn minutes_add_up() {
    let expected = expected("UTC", false);
    let first = &expected.minutes[0];
    assert_eq!((first.minute_ms, first.events, first.sessions), (FRIDAY, 7, 1));
    assert_eq!(
        (first.page_views, first.element_views, first.clicks, first.other_events),
        (2, 1, 2, 2)
    );
    assert_eq!(
        expected.minutes.iter().map(|minute| minute.events).sum::<u64>(),
        expected.events
    );
    assert_eq!(expected.peak_events_per_minute, 7);
}

#[test]
fn pulse_tells_hours_with_bots_apart() {
    let pulse = expected("UTC", false).pulse;
    assert_eq!(pulse, expected("UTC", true).pulse, "whether bots are counted or not");
    let rows = pulse.iter().map(|hour| {
        let counts = [
            hour.sessions,
            hour.events,
            hour.bot_events,
            hour.payment_attempts,
            hour.payment_errors,
        ];
        ((hour.hour_ms - FRIDAY) / 3_600_000, counts, hour.p95_ms)
    });
    assert_eq!(
        rows.collect::<Vec<_>>(),
        [
            (0, [1, 14, 0, 2, 1], Some(400)),
            (1, [0, 2, 2, 0, 0], None),
            (13, [1, 1, 0, 0, 0], Some(150)),
            (24, [1, 7, 0, 1, 0], Some(500)),
            (25, [0, 1, 0, 0, 0], None),
            (48, [1, 4, 0, 1, 1], Some(600)),
            (72, [0, 1, 0, 0, 0], None),
        ]
    );
}

#[test]
fn bots_count_only_when_asked_for() {
    let (people, all) = (expected("UTC", false), expected("UTC", true));
    assert_eq!((people.events, all.events), (28, 30));
    assert_eq!((people.users.total, all.users.total), (2, 3));
    assert_eq!(people.bots, all.bots);
    let [bot] = &people.bots[..] else {
        panic!("{:?}", people.bots)
    };
    assert_eq!(
        (&*bot.reason, bot.events, bot.sessions),
        ("user_agent:crawler:Googlebot", 2, 1)
    );
    assert_eq!((people.delivery.sent, people.delivery.duplicates), (30, 0));
}
