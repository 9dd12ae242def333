//! Each scenario moves the metric that it is named for, and leaves the others where they were.
#![expect(clippy::unwrap_used, reason = "a helper fails the test that calls it")]

use std::collections::BTreeMap;

use generator::truth::Calendar;
use generator::{Definition, Expected, Scenario, Sending, Title, Traffic, Truth};

use crate::{DAY_MS, week};

const COUNT: u64 = 50_000;

fn expected(scenario: Scenario, bots: bool) -> Expected {
    let mut definition = Definition::usual(Calendar::new("UTC").unwrap());
    definition.bots = bots;
    let traffic = Traffic::new(42, week(COUNT), scenario);
    let mut sending = Sending::new(traffic, scenario, Some(COUNT), 42).with_truth(Some(Truth::new(definition)));
    assert_eq!(sending.by_ref().count() as u64, COUNT);
    sending.into_truth().unwrap().finish()
}

/// What the scenarios are about, as numbers that do not grow with the traffic.
#[derive(Debug, Clone, Copy)]
struct Signs {
    /// Events of the busiest day, in those of a usual one.
    peak: f64,
    /// Sessions with a purchase of those with a product view.
    conversion: f64,
    payment_errors: f64,
    p95_ms: f64,
    p99_ms: f64,
    /// All sessions' elements.
    ctr: f64,
    bounce: f64,
    session_ms: f64,
    events_per_session: f64,
    order_value: f64,
    cancelled: f64,
    /// Of the sessions.
    phones: f64,
    duplicates: f64,
    clock_off: f64,
    late: f64,
}

fn signs(scenario: Scenario, bots: bool) -> Signs {
    let expected = expected(scenario, bots);
    let mut days = BTreeMap::<_, u64>::new();
    for minute in &expected.minutes {
        *days.entry(minute.minute_ms / DAY_MS).or_default() += minute.events;
    }
    let mut days = days.into_values().collect::<Vec<_>>();
    days.sort_unstable();
    let of_elements =
        |count: fn(&generator::truth::Element) -> u64| expected.elements.iter().map(count).sum::<u64>() as f64;
    let latency = expected
        .latency
        .iter()
        .find(|latency| latency.title == Some(Title::PageView))
        .unwrap();
    let phones = expected
        .devices
        .iter()
        .find(|device| device.value == "mobile")
        .unwrap()
        .sessions;
    Signs {
        peak: days[days.len() - 1] as f64 / days[days.len() / 2] as f64,
        conversion: expected.conversion.by_sessions.unwrap(),
        payment_errors: expected.payments.error_share.unwrap(),
        p95_ms: latency.p95_ms.unwrap() as f64,
        p99_ms: latency.p99_ms.unwrap() as f64,
        ctr: of_elements(|element| element.seen_and_clicked) / of_elements(|element| element.seen),
        bounce: expected.sessions.bounce_share.unwrap(),
        session_ms: expected.sessions.mean_ms.unwrap(),
        events_per_session: expected.events as f64 / expected.sessions.sessions as f64,
        order_value: expected.orders.average_order_value_cents.unwrap(),
        cancelled: expected.orders.cancel_share.unwrap(),
        phones: phones as f64 / expected.sessions.sessions as f64,
        duplicates: expected.delivery.duplicates as f64 / COUNT as f64,
        clock_off: expected.delivery.clock_off_share.unwrap(),
        late: expected.delivery.late_share.unwrap(),
    }
}

/// The signs that may move; all others stay within a quarter of the quiet week's.
#[track_caller]
fn check(scenario: Scenario, bots: bool, moves: &[&str]) -> (Signs, Signs) {
    let (quiet, disturbed) = (signs(Scenario::Normal, bots), signs(scenario, bots));
    let pairs = |signs: Signs| {
        [
            ("peak", signs.peak),
            ("conversion", signs.conversion),
            ("payment_errors", signs.payment_errors),
            ("p95_ms", signs.p95_ms),
            ("p99_ms", signs.p99_ms),
            ("ctr", signs.ctr),
            ("bounce", signs.bounce),
            ("session_ms", signs.session_ms),
            ("events_per_session", signs.events_per_session),
            ("order_value", signs.order_value),
            ("cancelled", signs.cancelled),
            ("phones", signs.phones),
            ("duplicates", signs.duplicates),
            ("clock_off", signs.clock_off),
            ("late", signs.late),
        ]
    };
    for ((name, before), (_, after)) in pairs(quiet).into_iter().zip(pairs(disturbed)) {
        let still = (after - before).abs() <= before / 4.0;
        assert!(
            still || moves.contains(&name),
            "{scenario:?} moves {name} from {before} to {after}"
        );
    }
    (quiet, disturbed)
}

#[test]
fn traffic_spike_raises_the_peak() {
    let (quiet, spike) = check(Scenario::TrafficSpike, false, &["peak"]);
    assert!(spike.peak > 4.0 * quiet.peak, "{quiet:?} {spike:?}");
}

#[test]
fn bot_attack_lowers_conversion_of_all_and_not_of_people() {
    let (quiet, attack) = check(
        Scenario::BotAttack,
        true,
        &["conversion", "peak", "bounce", "session_ms", "phones"],
    );
    assert!(attack.conversion < 0.7 * quiet.conversion, "{quiet:?} {attack:?}");
    check(Scenario::BotAttack, false, &[]);
    let sessions = |scenario| {
        expected(scenario, false)
            .bots
            .iter()
            .map(|bot| bot.sessions)
            .sum::<u64>()
    };
    assert!(sessions(Scenario::BotAttack) > 10 * sessions(Scenario::Normal));
}

#[test]
fn payment_incident_raises_the_error_share() {
    let moves = ["payment_errors", "conversion", "cancelled"];
    let (quiet, incident) = check(Scenario::PaymentIncident, false, &moves);
    assert!(
        incident.payment_errors > 2.0 * quiet.payment_errors,
        "{quiet:?} {incident:?}"
    );
    let share = |scenario| {
        let payments = expected(scenario, false).payments;
        payments.error_codes["PROVIDER_5XX"] as f64 / payments.attempts as f64
    };
    assert!(share(Scenario::PaymentIncident) > 5.0 * share(Scenario::Normal));
}

#[test]
fn slow_app_raises_latency() {
    let (quiet, slow) = check(Scenario::SlowApp, false, &["p95_ms", "p99_ms"]);
    assert!(slow.p95_ms > 1.8 * quiet.p95_ms, "{quiet:?} {slow:?}");
    assert!(slow.p99_ms > 1.8 * quiet.p99_ms, "{quiet:?} {slow:?}");
}

#[test]
fn duplicates_are_sent_twice_and_counted_once() {
    let (_, twice) = check(Scenario::Duplicates, false, &["duplicates"]);
    assert!((0.08..0.1).contains(&twice.duplicates), "{twice:?}");
    let expected = expected(Scenario::Duplicates, true);
    assert_eq!(expected.events + expected.delivery.duplicates, COUNT);
}

#[test]
fn clock_skew_shows_in_the_clocks_only() {
    let (quiet, skewed) = check(Scenario::ClockSkew, false, &["clock_off"]);
    assert!(
        quiet.clock_off == 0.0 && (0.05..0.15).contains(&skewed.clock_off),
        "{skewed:?}"
    );
    let (mut quiet, mut skewed) = (expected(Scenario::Normal, false), expected(Scenario::ClockSkew, false));
    (quiet.delivery.clock_off, skewed.delivery.clock_off) = (0, 0);
    (quiet.delivery.clock_off_share, skewed.delivery.clock_off_share) = (None, None);
    assert!(quiet == skewed, "the truth goes by the time it was");
}

#[test]
fn out_of_order_makes_events_late() {
    let (quiet, late) = check(Scenario::OutOfOrder, false, &["late"]);
    assert!(quiet.late == 0.0 && (0.08..0.11).contains(&late.late), "{late:?}");
    let mut disordered = expected(Scenario::OutOfOrder, false);
    let ordered = expected(Scenario::Normal, false);
    // How and when events arrived is all that differs.
    assert!(disordered.last_events != ordered.last_events);
    (disordered.delivery, disordered.last_events) = (ordered.delivery.clone(), ordered.last_events.clone());
    assert!(disordered == ordered, "lateness changes no other metric");
}
