//! The generator's events as the gateway passes them on: decoded, enriched, as blocks of rows.

use enrich::proxies::TrustedProxies;
use enrich::{Arrival, Enricher, Request};
use event::decode::{Context, Site, decode};
use event::{Source, Timestamp};
use generator::write::json;
use generator::{Occurrence, Pace, Scenario, Sending, Traffic};
use uuid::Uuid;
use warehouse::{Block, EventColumns, EventRow};

/// 2026-11-22T10:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp(1_795_341_600_000);
const DAY_MS: i64 = 86_400_000;
const BASE_URL: &str = "https://shop.example/";
const SEED: u64 = 42;
/// Events of one group: of a site that is not busy.
const GROUP: usize = 20;
const GROUPS: usize = 5_000;

/// A month of traffic, made block by block.
pub(crate) fn blocks(rows: u64) -> impl Iterator<Item = Block> {
    let pace = Pace::Span {
        from: Timestamp(NOW.0 - 30 * DAY_MS),
        to: NOW,
        count: rows,
    };
    let traffic = Traffic::new(SEED, pace, Scenario::Normal);
    let mut sending = Sending::new(traffic, Scenario::Normal, Some(rows), SEED);
    let settings = enrich::Settings {
        geoip_file: None,
        keep_full_ip: false,
        trusted_proxies: TrustedProxies::none(),
    };
    let enricher = Enricher::open(&settings).expect("no file is named");
    std::iter::from_fn(move || {
        let chunk: Vec<_> = sending.by_ref().take(GROUP * GROUPS).collect();
        let mut columns = EventColumns::default();
        chunk
            .chunks(GROUP)
            .for_each(|group| push(&enricher, group, &mut columns));
        (!chunk.is_empty()).then(|| columns.finish())
    })
}

fn push(enricher: &Enricher, group: &[Occurrence], columns: &mut EventColumns) {
    let mut writer = json::Writer::default();
    let mut body = String::from("[");
    for (number, occurrence) in group.iter().enumerate() {
        if number > 0 {
            body.push(',');
        }
        writer.event(occurrence, &mut body);
    }
    body.push(']');
    let mut nil = Uuid::nil;
    let mut context = Context {
        received_at: NOW,
        default_site: Some("shop"),
        site: &|_| {
            Some(Site {
                name: "shop",
                base_url: BASE_URL,
                max_age_ms: None,
                barrier: None,
            })
        },
        trusted: true,
        new_id: &mut nil,
    };
    let events = decode(body.as_bytes(), &mut context).expect("the generator's events are in order");
    let request = Request::default();
    let mut sender = enricher.sender(&request);
    // Of no order, as a gateway's are.
    let group_id = Uuid::from_u128(
        group[0]
            .id
            .as_u128()
            .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835),
    );
    for (event, occurrence) in events.into_iter().zip(group) {
        let arrival = Arrival {
            source: Source::Tracker,
            received_at: Timestamp(occurrence.at.0 + 40 + (occurrence.id.as_u128() % 200) as i64),
            clock_skew_ms: Some((occurrence.id.as_u128() % 17) as i64),
            site_base_url: BASE_URL,
        };
        let mut enriched = enricher.enrich(event.expect("an accepted event"), &mut sender, arrival);
        // The country comes of a file that is not here.
        enriched.location.country = occurrence.visitor.place.country.into();
        columns.push(&EventRow::new(&enriched, group_id));
    }
}
