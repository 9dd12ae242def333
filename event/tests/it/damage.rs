//! Messages give back exactly what was appended, or an error: also cut, with bits flipped, or made of anything.

use event::group::{self, GroupError};
use event::quarantine::{self, Form, Record};
use event::{
    Channel, Client, DeviceType, EnrichedEvent, Event, EventType, Location, Money, Payload, Platform, Source,
    Timestamp, Utm,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use uuid::Uuid;

fn event() -> impl Strategy<Value = EnrichedEvent<'static>> {
    let numbers = (any::<u128>(), any::<i64>(), any::<Option<i32>>(), any::<Option<u32>>());
    let texts = vec(any::<String>(), 4);
    let ip = any::<Option<std::net::IpAddr>>();
    (numbers, texts, ip).prop_map(|((id, moment, x, quantity), texts, ip)| {
        let [session_id, url, rest, user_agent] = <[String; 4]>::try_from(texts).expect("four texts");
        EnrichedEvent {
            event: Event {
                id: Uuid::from_u128(id),
                site: "shop".into(),
                event_type: EventType::Click,
                created_at: Timestamp(moment),
                session_id: session_id.into(),
                user_id: "".into(),
                url: url.into(),
                referrer: "".into(),
                user_agent: "".into(),
                ip: None,
                payload: Payload {
                    x,
                    quantity,
                    price: Some(Money(moment)),
                    rest: rest.into(),
                    ..Payload::default()
                },
            },
            source: Source::Http,
            received_at: Timestamp(moment),
            clock_skew_ms: Some(moment),
            client: Client {
                user_agent: user_agent.into(),
                browser: "Firefox".into(),
                browser_version: "".into(),
                os: "".into(),
                os_version: "".into(),
                device_type: DeviceType::Tv,
                platform: Platform::Android,
                bot_reason: "".into(),
            },
            location: Location::default(),
            channel: Channel::Sms,
            utm: Utm::default(),
            ip,
        }
    })
}

fn record() -> impl Strategy<Value = Record<'static>> {
    let form = select(&[Form::Json, Form::Event, Form::Group, Form::Message][..]);
    let texts = vec(any::<String>(), 2);
    let ip = any::<Option<std::net::IpAddr>>();
    let bytes = vec(any::<u8>(), 0..200);
    (any::<u128>(), any::<(i32, i64, bool)>(), texts, form, ip, bytes).prop_map(
        |(id, (code, moment, accepted), texts, form, ip, bytes)| {
            let [message, user_agent] = <[String; 2]>::try_from(texts).expect("two texts");
            Record {
                id: Uuid::from_u128(id),
                site: "shop".into(),
                reason: "database".into(),
                code,
                field: "".into(),
                message: message.into(),
                source: Source::Amqp,
                received_at: Timestamp(moment),
                group_id: Uuid::from_u128(!id),
                form,
                accepted,
                user_agent: user_agent.into(),
                ip,
                bytes: bytes.into(),
            }
        },
    )
}

fn group(events: &[EnrichedEvent<'_>]) -> Vec<u8> {
    let mut buffer = Vec::new();
    for event in events {
        group::append(event, &mut buffer).expect("the event encodes");
    }
    group::seal(&buffer)
}

fn quarantine(records: &[Record<'_>]) -> Vec<u8> {
    let mut buffer = Vec::new();
    for record in records {
        quarantine::append(record, &mut buffer).expect("the record encodes");
    }
    quarantine::seal(&buffer)
}

/// The events of a message, when all of them can be read.
fn events(message: &[u8], check: impl FnOnce(Result<Vec<EnrichedEvent<'_>>, GroupError>)) {
    match group::open(message) {
        Ok(opened) => check(opened.events().collect()),
        Err(error) => check(Err(error)),
    }
}

fn records(message: &[u8], check: impl FnOnce(Result<Vec<Record<'_>>, GroupError>)) {
    match quarantine::open(message) {
        Ok(opened) => check(opened.records().collect()),
        Err(error) => check(Err(error)),
    }
}

fn flip(message: &mut [u8], bits: &[usize]) {
    for bit in bits {
        let bit = bit % (message.len() * 8);
        message[bit / 8] ^= 1 << (bit % 8);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn groups_give_back_what_went_in(sent in vec(event(), 0..12)) {
        let message = group(&sent);
        events(&message, |found| assert_eq!(found.expect("an intact group"), sent));
        records(&message, |found| assert!(found.is_err(), "events are no records"));
    }

    #[test]
    fn quarantine_gives_back_what_went_in(sent in vec(record(), 0..12)) {
        let message = quarantine(&sent);
        records(&message, |found| assert_eq!(found.expect("an intact message"), sent));
        events(&message, |found| assert!(found.is_err(), "records are no events"));
    }

    #[test]
    fn cut_messages_are_errors(sent in vec(event(), 0..6), kept in vec(record(), 0..6), at in any::<Index>()) {
        let (sent, kept) = (group(&sent), quarantine(&kept));
        events(&sent[..at.index(sent.len())], |found| assert!(found.is_err(), "cut"));
        records(&kept[..at.index(kept.len())], |found| assert!(found.is_err(), "cut"));
    }

    #[test]
    fn flipped_bits_are_errors(
        sent in vec(event(), 0..6),
        kept in vec(record(), 0..6),
        // Some among the first bytes, which say how the others are read.
        bits in vec(prop_oneof![any::<usize>(), 0..80_usize], 1..4),
    ) {
        let (mut group, mut quarantine) = (group(&sent), quarantine(&kept));
        flip(&mut group, &bits);
        flip(&mut quarantine, &bits);
        // Two flips of one bit leave the message as it was.
        events(&group, |found| assert!(found.is_err() || found.is_ok_and(|found| found == sent)));
        records(&group, |found| assert!(found.is_err()));
        records(&quarantine, |found| assert!(found.is_err() || found.is_ok_and(|found| found == kept)));
        events(&quarantine, |found| assert!(found.is_err()));
    }

    #[test]
    fn any_bytes_are_answered(
        head in select(&[[1, 0], [1, 1], [1, 6], [1, 7], [0x81, 6], [0x81, 7], [0, 0]][..]),
        length in prop_oneof![0..64_u32, any::<u32>()],
        bytes in vec(any::<u8>(), 0..64),
    ) {
        let message = [&head[..], &length.to_le_bytes(), &bytes].concat();
        events(&message, |_| ());
        records(&message, |_| ());
    }
}
