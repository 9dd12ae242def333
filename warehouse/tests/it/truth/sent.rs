//! The generator's events as the gateway would pass them on: decoded, enriched, as rows of `events`.

use std::collections::HashSet;

use enrich::proxies::TrustedProxies;
use enrich::{Arrival, Enricher, Request};
use event::decode::{Context, Site, decode};
use event::{Source, Timestamp};
use generator::write::json;
use generator::{Expected, Occurrence, Sending};
use uuid::Uuid;
use warehouse::{Block, EventColumns, EventRow, Warehouse};

use super::{DAY_MS, NOW};
use crate::truth::checks::date_time;

const BASE_URL: &str = "http://127.0.0.1:8080/";
/// Events of one request.
const REQUEST: usize = 500;

/// An event and when it arrives: as soon as it is sent.
struct Arriving {
    occurrence: Occurrence,
    received_at: Timestamp,
}

/// What is sent, in blocks of `cut` rows.
pub(super) fn blocks(sending: Sending, cut: usize) -> Vec<Block> {
    let mut newest = Timestamp(0);
    let arriving = sending.map(|occurrence| {
        newest = newest.max(occurrence.at);
        Arriving {
            occurrence,
            received_at: newest,
        }
    });
    let arriving: Vec<_> = arriving.collect();
    let settings = enrich::Settings {
        geoip_file: None,
        keep_full_ip: false,
        trusted_proxies: TrustedProxies::none(),
    };
    let enricher = Enricher::open(&settings).unwrap();
    let block = |arriving: &[Arriving]| {
        let mut columns = EventColumns::default();
        let mut rest = arriving;
        while !rest.is_empty() {
            let (request, after) = rest.split_at(request_length(rest));
            push(&enricher, request, &mut columns);
            rest = after;
        }
        columns.finish()
    };
    arriving.chunks(cut).map(block).collect()
}

/// A request with the same id twice would be refused.
fn request_length(arriving: &[Arriving]) -> usize {
    let mut ids = HashSet::new();
    let fresh = arriving
        .iter()
        .take(REQUEST)
        .take_while(|one| ids.insert(one.occurrence.id));
    fresh.count()
}

fn push(enricher: &Enricher, arriving: &[Arriving], columns: &mut EventColumns) {
    let mut writer = json::Writer::default();
    let mut body = String::from("[");
    for (number, one) in arriving.iter().enumerate() {
        if number > 0 {
            body.push(',');
        }
        writer.event(&one.occurrence, &mut body);
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
                max_age_ms: Some(40 * DAY_MS),
                barrier: None,
            })
        },
        trusted: true,
        new_id: &mut nil,
    };
    let events = decode(body.as_bytes(), &mut context).unwrap();
    let request = Request::default();
    let mut sender = enricher.sender(&request);
    for (event, one) in events.into_iter().zip(arriving) {
        let at = one.occurrence.at;
        let arrival = Arrival {
            source: Source::Generator,
            received_at: one.received_at,
            clock_skew_ms: Some(at.0 - one.occurrence.created_at().0),
            site_base_url: BASE_URL,
        };
        let mut enriched = enricher.enrich(event.unwrap(), &mut sender, arrival);
        // The country comes of a file that tests do not have.
        enriched.location.country = one.occurrence.visitor.place.country.into();
        columns.push(&EventRow::new(&enriched, Uuid::from_u128(1)));
    }
}

/// The books of a gateway that accepted all copies and of a loader that left the repetitions out, each row twice.
pub(super) async fn ledger(warehouse: &Warehouse, expected: &Expected) {
    let delivery = &expected.delivery;
    let minute = date_time(expected.first_ms / 60_000 * 60_000);
    let counts = [
        ("gateway", "accepted", delivery.sent),
        ("gateway", "received", delivery.sent + 3),
        ("loader", "duplicate", delivery.duplicates),
    ];
    for (stage, counter, count) in counts.into_iter().chain(counts) {
        let sql = format!(
            "INSERT INTO ledger SELECT toDateTime('{minute}', 'UTC'), 'shop', '{stage}', toUUID('00000000-0000-0000-0000-000000000001'),
             '{counter}', {count}, now64(3, 'UTC')"
        );
        warehouse.execute(&sql, &[]).await.unwrap();
    }
}
