//! The model: what stays the same, what fills the time, what becomes of orders.

use std::collections::{BTreeMap, HashMap, HashSet};

use event::Timestamp;
use generator::{Deed, Occurrence, Pace, Scenario, Title, Traffic};

use crate::{DAY_MS, NOW, week};

fn ids(seed: u64, pace: Pace) -> Vec<String> {
    let traffic = Traffic::new(seed, pace, Scenario::Normal);
    traffic
        .take(3_000)
        .map(|occurrence| format!("{occurrence:?}"))
        .collect()
}

#[test]
fn same_seed_gives_same_events() {
    let even = Pace::Even {
        start: NOW,
        interval_us: 10_000,
    };
    for pace in [even, week(3_000)] {
        assert_eq!(ids(42, pace), ids(42, pace));
        assert_ne!(ids(42, pace), ids(7, pace));
    }
}

#[test]
fn span_is_filled_to_the_count() {
    for (count, span_ms) in [(1, DAY_MS), (50, 60_000), (2_000, 3_600_000), (60_000, 30 * DAY_MS)] {
        let from = Timestamp(NOW.0 - span_ms);
        let pace = Pace::Span { from, to: NOW, count };
        let moments = Traffic::new(42, pace, Scenario::Normal).map(|occurrence| occurrence.at);
        let moments = moments.collect::<Vec<_>>();
        assert_eq!(moments.len() as u64, count);
        assert!(moments.is_sorted());
        assert!(moments[0] >= from && moments[moments.len() - 1] < NOW);
        if count > 1_000 {
            let half = moments.partition_point(|at| at.0 < NOW.0 - span_ms / 2) as f64 / count as f64;
            assert!((0.3..0.7).contains(&half), "{half} of {count} in the first half");
        }
    }
}

#[test]
fn visitors_return_on_later_days() {
    let mut days = HashMap::<_, HashSet<_>>::new();
    for occurrence in Traffic::new(42, week(50_000), Scenario::Normal) {
        if occurrence.deed.event_type() != event::EventType::Server {
            let day = occurrence.at.0 / DAY_MS;
            days.entry(occurrence.visitor.user_id()).or_default().insert(day);
        }
    }
    let returned = days.values().filter(|days| days.len() > 1).count();
    let share = returned as f64 / days.len() as f64;
    assert!((0.1..0.6).contains(&share), "{share} of {} came again", days.len());
}

#[test]
fn sessions_end_before_thirty_minutes_of_silence() {
    let mut last = HashMap::new();
    for occurrence in Traffic::new(42, week(50_000), Scenario::Normal) {
        if occurrence.deed.event_type() == event::EventType::Server {
            continue;
        }
        let before = last
            .insert(occurrence.session_id, occurrence.at.0)
            .unwrap_or(occurrence.at.0 - 1);
        let silence_ms = occurrence.at.0 - before;
        assert!(
            (1..1_800_000).contains(&silence_ms),
            "{silence_ms} ms in {}",
            occurrence.session_id
        );
    }
}

/// Created, then attempted, then paid, then delivered or cancelled: each order in this order, and every end is reached.
#[test]
fn orders_pass_their_stages_in_order() {
    let mut orders = BTreeMap::<_, Vec<Title>>::new();
    for occurrence in Traffic::new(42, week(200_000), Scenario::Normal) {
        let (Deed::OrderCreated { order, .. }
        | Deed::PaymentAttempt { order, .. }
        | Deed::OrderPaid { order, .. }
        | Deed::OrderDelivered { order, .. }
        | Deed::OrderCancelled { order, .. }) = occurrence.deed
        else {
            continue;
        };
        let stages = orders.entry(order).or_default();
        if stages.last() != Some(&occurrence.deed.title()) {
            stages.push(occurrence.deed.title());
        }
    }
    let mut ways = BTreeMap::<_, usize>::new();
    for stages in orders.into_values() {
        *ways.entry(stages).or_default() += 1;
    }
    let [created, attempted, paid] = [Title::OrderCreated, Title::PaymentAttempt, Title::OrderPaid];
    let [delivered, cancelled] = [Title::OrderDelivered, Title::OrderCancelled];
    let known = [
        vec![created],
        vec![created, cancelled],
        vec![created, attempted],
        vec![created, attempted, cancelled],
        vec![created, attempted, paid],
        vec![created, attempted, paid, cancelled],
        vec![created, attempted, paid, delivered],
    ];
    for way in &known {
        assert!(ways.remove(way).is_some(), "no order went {way:?}");
    }
    assert!(ways.is_empty(), "{ways:?}");
}

#[test]
fn addresses_lie_in_their_countries() {
    let geoip = enrich::geoip::GeoIp::open(&country_file()).unwrap();
    let mut countries = HashSet::new();
    for Occurrence { visitor, .. } in Traffic::new(42, week(50_000), Scenario::Normal) {
        assert_eq!(
            geoip.locate(visitor.ip.into()).country,
            visitor.place.country,
            "{}",
            visitor.ip
        );
        countries.insert(visitor.place.country);
    }
    assert_eq!(countries.len(), 12);
}

/// The CC0 country file that `cargo xtask fetch` brings. Its path is looked up as the programs do.
#[expect(
    clippy::disallowed_methods,
    reason = "the cache's place is the developer's, read in this one place"
)]
fn country_file() -> std::path::PathBuf {
    let variable = |name| {
        std::env::var(name)
            .ok()
            .filter(|value| !value.is_empty())
            .map(std::path::PathBuf::from)
    };
    let cache = variable("CLICKPATH_CACHE_DIR")
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("clickpath")))
        .or_else(|| Some(variable("HOME")?.join(".cache/clickpath")))
        .expect("HOME is set");
    let file = cache.join("geoip/geo-whois-asn-country.mmdb");
    assert!(file.is_file(), "{} is missing: run `cargo xtask fetch`", file.display());
    file
}
