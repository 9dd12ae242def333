use clap::{Args, FromArgMatches};

use super::*;

const CLIENT: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, 1));
const NEIGHBOUR: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 9, 9, 9, 9));
const STRANGER: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 2, 0, 0, 0, 1));

fn limiter(arguments: &[&str]) -> RateLimiter {
    let command = Settings::augment_args(clap::Command::new("test").no_binary_name(true));
    let settings = Settings::from_arg_matches(&command.get_matches_from(arguments)).expect("settings");
    RateLimiter::new(&settings, &Sites::demo("127.0.0.1:8080".parse().expect("an address")))
}

#[test]
fn refuses_requests_over_the_rate() {
    let limiter = limiter(&["--rate-requests-per-second=10", "--rate-events-per-second=0"]);
    let now = Instant::now();
    for _ in 0..20 {
        limiter.of(CLIENT, now).take_request().unwrap();
    }
    let limited = limiter.of(NEIGHBOUR, now).take_request().unwrap_err();
    assert_eq!(limited.limit, Limit::AddressRequests);
    assert_eq!(limited.wait, Duration::from_millis(100));
    limiter.of(STRANGER, now).take_request().unwrap();
    limiter.of(CLIENT, now + limited.wait).take_request().unwrap();
    limiter.of(CLIENT, now).take_events(1_000_000, None).unwrap();
    limiter.of(CLIENT, now).take_read().unwrap();
}

#[test]
fn lets_large_batches_pass_into_debt() {
    let limiter = limiter(&["--rate-requests-per-second=0", "--rate-events-per-second=100"]);
    let now = Instant::now();
    let take = |events, seconds| {
        limiter
            .of(CLIENT, now + Duration::from_secs(seconds))
            .take_events(events, None)
    };
    take(1_000, 0).unwrap();
    let limited = take(1, 0).unwrap_err();
    assert_eq!(limited.limit, Limit::AddressEvents);
    assert_eq!(limited.wait, Duration::from_millis(8_010));
    assert!(take(1_000, 9).is_err());
    take(1_000, 10).unwrap();
}

#[test]
fn a_site_has_one_total() {
    let limiter = limiter(&["--rate-site-requests-per-second=1", "--rate-site-events-per-second=5"]);
    let now = Instant::now();
    limiter.of(CLIENT, now).take_request_of(None, Some(0)).unwrap();
    limiter.of(STRANGER, now).take_request_of(None, Some(0)).unwrap();
    let limited = limiter.of(STRANGER, now).take_request_of(None, Some(0)).unwrap_err();
    assert_eq!(
        (limited.limit, limited.wait),
        (Limit::SiteRequests, Duration::from_secs(1))
    );
    limiter.of(STRANGER, now).take_request().unwrap();
    limiter.of(CLIENT, now).take_site_events(10, 0).unwrap();
    let limited = limiter.of(STRANGER, now).take_site_events(1, 0).unwrap_err();
    assert_eq!(
        (limited.limit, limited.wait),
        (Limit::SiteEvents, Duration::from_millis(200))
    );
}

#[test]
fn what_an_address_has_too_many_costs_the_site_nothing() {
    let limiter = limiter(&["--rate-requests-per-second=1", "--rate-site-requests-per-second=3"]);
    let now = Instant::now();
    for _ in 0..50 {
        let allowance = limiter.of(CLIENT, now);
        let _refused = allowance
            .take_request()
            .and_then(|()| allowance.take_request_of(None, Some(0)));
    }
    // Of six the client got two.
    for _ in 0..4 {
        limiter.of(STRANGER, now).take_request_of(None, Some(0)).unwrap();
    }
    limiter.of(STRANGER, now).take_request_of(None, Some(0)).unwrap_err();
}

#[test]
fn remembers_a_bounded_number_of_addresses() {
    let limiter = limiter(&[]);
    let now = Instant::now();
    for address in 0..2 * ADDRESSES as u32 {
        limiter
            .of(IpAddr::from(address.to_be_bytes()), now)
            .take_read()
            .unwrap();
    }
    assert!(limiter.clients.len() <= ADDRESSES);
}
