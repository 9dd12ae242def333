use std::net::IpAddr;

use enrich::proxies::TrustedProxies;
use enrich::{Arrival, Enricher, OpenError, Request, Settings};
use event::{Channel, DeviceType, EnrichedEvent, Event, EventType, Payload, Source, Timestamp};
use uuid::Uuid;

use crate::geoip::country_file;

const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";

fn settings() -> Settings {
    Settings {
        geoip_file: None,
        keep_full_ip: false,
        trusted_proxies: TrustedProxies::default(),
    }
}

fn click() -> Event<'static> {
    Event {
        id: Uuid::nil(),
        site: "shop".into(),
        event_type: EventType::Click,
        created_at: Timestamp(1_763_805_600_000),
        session_id: "s1".into(),
        user_id: "".into(),
        url: "https://shop.example/catalog".into(),
        referrer: "".into(),
        user_agent: "".into(),
        ip: None,
        payload: Payload::default(),
    }
}

fn request() -> Request<'static> {
    Request {
        user_agent: SAFARI,
        ip: Some(IpAddr::from([77, 88, 8, 8])),
        ..Request::default()
    }
}

fn arrival(source: Source) -> Arrival<'static> {
    Arrival {
        source,
        received_at: Timestamp(1_763_805_600_500),
        clock_skew_ms: Some(500),
        site_base_url: "https://shop.example",
    }
}

fn enrich<'e>(enricher: &'e Enricher, event: Event<'e>, source: Source) -> EnrichedEvent<'e> {
    enricher.enrich(event, &mut enricher.sender(&request()), arrival(source))
}

#[test]
fn fills_every_column() {
    let enricher = Enricher::open(&Settings {
        geoip_file: Some(country_file()),
        ..settings()
    })
    .unwrap();
    let mut event = click();
    event.url = "https://shop.example/?utm_source=vk&utm_medium=cpc".into();
    let enriched = enrich(&enricher, event, Source::Tracker);
    assert_eq!(enriched.client.user_agent, SAFARI);
    assert_eq!(
        (&*enriched.client.browser, &*enriched.client.browser_version),
        ("Safari", "17.5")
    );
    assert_eq!((&*enriched.client.os, &*enriched.client.os_version), ("iOS", "17.5"));
    assert_eq!(enriched.client.device_type, DeviceType::Mobile);
    assert!(!enriched.client.is_bot());
    assert_eq!(enriched.location.country, "RU");
    assert_eq!(enriched.channel, Channel::PaidSocial);
    assert_eq!(enriched.utm.source, "vk");
    assert_eq!(
        enriched.ip,
        Some(IpAddr::from([77, 88, 8, 0])),
        "truncated after the look-up"
    );
    assert_eq!((enriched.source, enriched.clock_skew_ms), (Source::Tracker, Some(500)));
}

#[test]
fn events_own_client_wins_and_moves() {
    let enricher = Enricher::open(&settings()).unwrap();
    let borrowed = FIREFOX.into();
    let owned = FIREFOX.to_owned().into();
    for user_agent in [borrowed, owned] {
        let mut event = click();
        event.user_agent = user_agent;
        event.ip = Some(IpAddr::from([203, 0, 113, 77]));
        let enriched = enrich(&enricher, event, Source::Http);
        assert_eq!(enriched.client.user_agent, FIREFOX);
        assert_eq!(
            (&*enriched.client.browser, &*enriched.client.browser_version),
            ("Firefox", "133.0")
        );
        assert_eq!(enriched.ip, Some(IpAddr::from([203, 0, 113, 0])));
        assert_eq!(enriched.event.ip, None, "the whole address must not travel on");
        assert_eq!(enriched.event.user_agent, "");
    }
}

#[test]
fn senders_hints_do_not_describe_the_visitor() {
    let enricher = Enricher::open(&settings()).unwrap();
    let mut event = click();
    event.user_agent = FIREFOX.into();
    let request = Request {
        sec_ch_ua: r#""Brave";v="131""#,
        sec_ch_ua_platform: r#""Windows""#,
        ..request()
    };
    let enriched = enricher.enrich(event, &mut enricher.sender(&request), arrival(Source::Http));
    assert_eq!((&*enriched.client.browser, &*enriched.client.os), ("Firefox", "Linux"));
}

#[test]
fn back_ends_and_importers_are_not_the_visitor() {
    let enricher = Enricher::open(&settings()).unwrap();
    let mut server = click();
    server.event_type = EventType::Server;
    let cases = [
        (click(), Source::Csv),
        (click(), Source::Generator),
        (click(), Source::Amqp),
        (server, Source::Http),
    ];
    for (event, source) in cases {
        let enriched = enrich(&enricher, event, source);
        assert_eq!((&*enriched.client.user_agent, enriched.ip), ("", None), "{source:?}");
        assert!(!enriched.client.is_bot(), "{source:?}: {}", enriched.client.bot_reason);
        assert_eq!(enriched.client.device_type, DeviceType::Other);
    }
}

#[test]
fn visitor_without_agent_is_a_bot() {
    let enricher = Enricher::open(&settings()).unwrap();
    let enriched = enricher.enrich(
        click(),
        &mut enricher.sender(&Request::default()),
        arrival(Source::Tracker),
    );
    assert_eq!(enriched.client.bot_reason, "empty_user_agent");
}

#[test]
fn webdriver_in_payload_is_automation() {
    let enricher = Enricher::open(&settings()).unwrap();
    for (rest, reason) in [
        (r#"{"webdriver":true}"#, "automation"),
        (r#"{"a":1,"webdriver" : true}"#, "automation"),
        (r#"{"webdriver":false}"#, ""),
        (r#"{"note":"\"webdriver\":true"}"#, ""),
        ("", ""),
    ] {
        let mut event = click();
        event.payload.rest = rest.into();
        assert_eq!(
            enrich(&enricher, event, Source::Tracker).client.bot_reason,
            reason,
            "{rest}"
        );
    }
}

#[test]
fn keeps_whole_address_when_told() {
    let enricher = Enricher::open(&Settings {
        keep_full_ip: true,
        ..settings()
    })
    .unwrap();
    let mut event = click();
    event.ip = Some("::ffff:203.0.113.77".parse().unwrap());
    assert_eq!(
        enrich(&enricher, event, Source::Http).ip,
        Some(IpAddr::from([203, 0, 113, 77]))
    );
}

#[test]
fn events_of_one_request_keep_their_own_pages() {
    let enricher = Enricher::open(&settings()).unwrap();
    let mut sender = enricher.sender(&request());
    let pages = [
        (
            "https://shop.example/?utm_source=vk&utm_medium=cpc",
            "",
            "paid_social",
            "vk",
        ),
        (
            "https://shop.example/?utm_source=vk&utm_medium=cpc",
            "",
            "paid_social",
            "vk",
        ),
        ("https://shop.example/", "", "direct", ""),
        ("https://shop.example/", "https://www.google.com/", "organic_search", ""),
        ("https://shop.example/", "https://shop.example/", "internal", ""),
    ];
    for (url, referrer, channel, utm_source) in pages {
        let mut event = click();
        (event.url, event.referrer) = (url.into(), referrer.into());
        let enriched = enricher.enrich(event, &mut sender, arrival(Source::Tracker));
        assert_eq!(
            (enriched.channel.as_str(), &*enriched.utm.source),
            (channel, utm_source),
            "{url} from {referrer}"
        );
    }
    let mut event = click();
    (event.url, event.user_agent) = ("https://shop.example/".into(), FIREFOX.into());
    event.ip = Some(IpAddr::from([192, 0, 2, 77]));
    let enriched = enricher.enrich(event, &mut sender, arrival(Source::Tracker));
    assert_eq!(
        (&*enriched.client.browser, enriched.ip),
        ("Firefox", Some(IpAddr::from([192, 0, 2, 0])))
    );
}

#[test]
fn long_headers_are_cut() {
    let enricher = Enricher::open(&settings()).unwrap();
    let agent = format!("{SAFARI} {}", "ё".repeat(5_000));
    let request = Request {
        user_agent: &agent,
        sec_ch_ua: &agent,
        ..Request::default()
    };
    let enriched = enricher.enrich(click(), &mut enricher.sender(&request), arrival(Source::Tracker));
    assert!(enriched.client.user_agent.len() <= event::limits::USER_AGENT_BYTES);
    assert_eq!(enriched.client.browser, "Safari");
}

#[test]
fn named_but_missing_geoip_file_is_an_error() {
    let result = Enricher::open(&Settings {
        geoip_file: Some("/nowhere/geo.mmdb".into()),
        ..settings()
    });
    assert!(matches!(result.err(), Some(OpenError::Read { .. })));
}
