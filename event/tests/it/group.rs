//! The binary form gives back what went in, or says why not.

use event::group::{self, GroupError};
use event::{Channel, Client, DeviceType, EnrichedEvent, Event, Location, Platform, Source, Timestamp, Utm};

use crate::verdict::{cases, decode_case};

/// The accepted events of the corpus, enriched with something of everything.
fn with_events(check: impl Fn(&[EnrichedEvent<'_>])) {
    let cases = cases();
    let verdicts = cases.iter().map(|case| decode_case(&case.name, &case.body));
    let events = verdicts.flatten().flatten().flatten().map(enriched).collect::<Vec<_>>();
    assert!(events.len() > 10, "the corpus has accepted events");
    check(&events);
}

fn enriched(event: Event<'_>) -> EnrichedEvent<'_> {
    EnrichedEvent {
        event,
        source: Source::Http,
        received_at: Timestamp(1_795_341_605_000),
        clock_skew_ms: Some(-42),
        client: Client {
            user_agent: "Mozilla/5.0".into(),
            browser: "Firefox".into(),
            browser_version: "145.0".into(),
            os: "Linux".into(),
            os_version: "".into(),
            device_type: DeviceType::Desktop,
            platform: Platform::Web,
            bot_reason: "".into(),
        },
        location: Location {
            country: "DE".into(),
            ..Location::default()
        },
        channel: Channel::OrganicSearch,
        utm: Utm {
            source: "newsletter".into(),
            ..Utm::default()
        },
        ip: Some([203, 0, 113, 0].into()),
    }
}

fn sealed(events: &[EnrichedEvent<'_>]) -> Vec<u8> {
    let mut buffer = Vec::new();
    for event in events {
        group::append(event, &mut buffer).expect("the event encodes");
    }
    group::seal(&buffer)
}

/// The events before the first error, and the error.
fn read(message: &[u8], check: impl Fn(&[EnrichedEvent<'_>], Option<GroupError>)) {
    match group::open(message) {
        Err(error) => check(&[], Some(error)),
        Ok(opened) => {
            let mut events = Vec::new();
            let mut error = None;
            for event in opened.events() {
                match event {
                    Ok(event) => events.push(event),
                    Err(found) => error = Some(found),
                }
            }
            check(&events, error);
        }
    }
}

#[test]
fn gives_back_what_went_in() {
    with_events(|events| {
        for sent in [&events[..1], events] {
            let message = sealed(sent);
            assert_eq!(
                message[1],
                6 + u8::from(sent.len() > 1),
                "a small group stays plain, a large one is compressed"
            );
            read(&message, |found, error| {
                assert_eq!(found, sent);
                assert!(error.is_none(), "{error:?}");
            });
        }
    });
}

#[test]
fn cut_off_group_gives_prefix_or_error() {
    with_events(|events| {
        let plain = sealed(&events[..2]);
        let compressed = sealed(events);
        assert_eq!((plain[1], compressed[1]), (6, 7), "one of each kind");
        for message in [&plain, &compressed] {
            for length in 0..message.len() {
                read(&message[..length], |found, error| {
                    assert_eq!(found, &events[..found.len()], "cut at {length}");
                    assert!(error.is_some(), "cut at {length} without an error");
                });
            }
        }
    });
}

#[test]
fn damaged_group_is_an_error() {
    with_events(|events| {
        let message = sealed(events);
        for at in 0..message.len() {
            for flipped in [0x01, 0x80, 0xff] {
                let mut damaged = message.clone();
                damaged[at] ^= flipped;
                read(&damaged, |_, error| {
                    assert!(error.is_some(), "byte {at} flipped by {flipped} without an error")
                });
            }
        }
    });
}

#[test]
fn refuses_other_versions_and_oversize() {
    let open = |message: &[u8]| group::open(message).err().map(|error| error.to_string());
    assert_eq!(
        open(&[7, 0]).as_deref(),
        Some("message has kind and version 7, this program reads 1 here")
    );
    assert_eq!(open(&[1, 9, 0, 0, 0, 0]).as_deref(), Some("message has unknown form 9"));
    let bomb = [&[1, 1][..], &u32::MAX.to_le_bytes(), &[0; 16]].concat();
    assert!(open(&bomb).is_some_and(|error| error.contains("would open to 4294967295 bytes")));
}

/// The message as it was sealed before messages had a checksum.
fn unchecked(events: &[u8], compress: bool) -> Vec<u8> {
    let length = u32::try_from(events.len()).expect("a few events");
    match compress {
        true => [&[1, 1][..], &lz4_flex::block::compress_prepend_size(events)].concat(),
        false => [&[1, 0][..], &length.to_le_bytes(), events].concat(),
    }
}

#[test]
fn reads_groups_without_checksum() {
    with_events(|events| {
        let mut buffer = Vec::new();
        for event in events {
            group::append(event, &mut buffer).unwrap();
        }
        for compress in [false, true] {
            read(&unchecked(&buffer, compress), |found, error| {
                assert_eq!(found, events);
                assert!(error.is_none(), "{error:?}");
            });
        }
    });
}

#[test]
fn reads_group_stored_long_ago() {
    with_events(|events| {
        read(include_bytes!("group_version_1.bin"), |found, error| {
            assert_eq!(found, &events[..1], "a changed event needs a new version");
            assert!(error.is_none(), "{error:?}");
        });
    });
}
