use event::{
    Channel, Client, DeviceType, EnrichedEvent, Event, EventType, Location, Money, Payload, Platform, Source,
    Timestamp, Utm,
};
use uuid::Uuid;

const BROWSERS: [&str; 5] = ["Chrome", "Safari", "Firefox", "Edge", "Samsung Internet"];
const SYSTEMS: [&str; 5] = ["Windows", "iOS", "macOS", "Android", "Linux"];
const COUNTRIES: [&str; 8] = ["DE", "FR", "US", "GB", "NL", "PL", "IN", "BR"];
const TITLES: [&str; 6] = [
    "page_view",
    "product_view",
    "add_to_cart",
    "open_menu",
    "search",
    "checkout",
];

/// A shop's event as the gateway would publish it: several hundred sessions at once, each of some 20 events.
pub(crate) fn event(index: u64) -> EnrichedEvent<'static> {
    let session = index % 400 + index / 8_000 * 400;
    let (any, steady) = (mix(index), mix(session));
    let at = 1_795_341_600_000 + index as i64 / 4;
    let is_click = any % 3 == 0;
    EnrichedEvent {
        event: Event {
            id: Uuid::from_u128(u128::from(index)),
            site: "shop".into(),
            event_type: if is_click { EventType::Click } else { EventType::View },
            created_at: Timestamp(at),
            session_id: format!("{:032x}", u128::from(steady) << 40).into(),
            user_id: format!("{}", steady % 100_000).into(),
            url: format!("https://shop.example/catalog/{}?colour=red&page={}", any % 300, any % 7).into(),
            referrer: ["", "https://www.google.com/", "https://shop.example/catalog"][any as usize % 3].into(),
            user_agent: "".into(),
            ip: None,
            payload: payload(any, is_click),
        },
        source: Source::Tracker,
        received_at: Timestamp(at + 40 + (any % 100) as i64),
        clock_skew_ms: Some((any % 50) as i64),
        client: client(steady),
        location: Location {
            country: COUNTRIES[steady as usize % 8].into(),
            ..Location::default()
        },
        channel: Channel::OrganicSearch,
        utm: Utm::default(),
        ip: Some(std::net::Ipv4Addr::from((steady as u32) & 0xffff_ff00).into()),
    }
}

fn payload(any: u64, is_click: bool) -> Payload<'static> {
    Payload {
        event_title: TITLES[any as usize % 6].into(),
        element_id: format!("#product-{}", any % 120).into(),
        x: is_click.then_some((any % 1_200) as i32),
        y: is_click.then_some((any % 4_000) as i32),
        element_x: is_click.then_some((any % 90) as i32),
        element_y: is_click.then_some((any % 30) as i32),
        viewport_w: Some(1_280),
        viewport_h: Some(720),
        page_w: Some(1_280),
        page_h: Some(4_000 + (any % 5) as u32 * 100),
        product_id: format!("p-{}", any % 2_000).into(),
        category: ["shoes", "hats", "coats", "bags"][any as usize % 4].into(),
        price: Some(Money((any % 500) as i64 * 9_900)),
        currency: "EUR".into(),
        rest: if any.is_multiple_of(4) {
            r#"{"variant":"b","position":3}"#
        } else {
            ""
        }
        .into(),
        ..Payload::default()
    }
}

fn client(steady: u64) -> Client<'static> {
    let (browser, system) = (BROWSERS[steady as usize % 5], SYSTEMS[steady as usize / 5 % 5]);
    let version = 120 + steady % 12;
    Client {
        user_agent: format!(
            "Mozilla/5.0 ({system}; x64) AppleWebKit/537.36 (KHTML, like Gecko) {browser}/{version}.0.0.0 Safari/537.36"
        )
        .into(),
        browser: browser.into(),
        browser_version: version.to_string().into(),
        os: system.into(),
        os_version: "10".into(),
        device_type: if steady.is_multiple_of(3) {
            DeviceType::Mobile
        } else {
            DeviceType::Desktop
        },
        platform: Platform::Web,
        bot_reason: "".into(),
    }
}

/// SplitMix64's finaliser: the same numbers in every run.
fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
