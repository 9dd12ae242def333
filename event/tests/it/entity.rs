//! Messages of entities give back what went in, hold one stream each, and are told apart from the other messages.

use event::entity::{self, Entity, GroupError, NotStream, Stream, StreamError};
use event::{Timestamp, group, quarantine};

fn entity(stream: Stream, payload: &str) -> Entity<'_> {
    Entity {
        site: "shop".into(),
        stream,
        key: "17".into(),
        version: Timestamp(1_795_341_605_000),
        digest: *b"0123456789abcdef",
        email_hash: "".into(),
        phone_hash: "00ff".into(),
        received_at: Timestamp(1_795_341_605_123),
        payload: payload.into(),
    }
}

fn sealed(entities: &[Entity<'_>]) -> Vec<u8> {
    let mut buffer = Vec::new();
    for entity in entities {
        entity::append(entity, &mut buffer).expect("the entity encodes");
    }
    entity::seal(&buffer)
}

#[test]
fn gives_back_what_went_in() {
    let long = format!(r#"{{"id": 17, "price": 10.10, "about": "{}"}}"#, "é".repeat(3_000));
    let entities = [
        entity(Stream::Products, "{\"id\": 17}\n"),
        entity(Stream::Products, &long),
    ];
    for sent in [&entities[..1], &entities] {
        let opened = entity::open(&sealed(sent)).unwrap();
        let found = opened.entities().collect::<Result<Vec<_>, _>>().unwrap();
        assert_eq!(found, sent);
        assert!(matches!(found[0].payload, std::borrow::Cow::Borrowed(_)), "no copy");
    }
}

#[test]
fn is_no_other_message() {
    let message = sealed(&[entity(Stream::Users, "{}")]);
    let check = |error: Option<GroupError>| assert!(matches!(error, Some(GroupError::Version { .. })), "{error:?}");
    check(group::open(&message).err());
    check(quarantine::open(&message).err());
    check(entity::open(&group::seal(&[])).err());
    check(entity::open(&quarantine::seal(&[])).err());
}

#[test]
fn tells_stream_of_message() {
    for stream in Stream::ALL {
        let message = sealed(&[entity(stream, "{}"), entity(stream, "{}")]);
        assert_eq!(entity::stream_of(&message).unwrap(), stream);
    }
    let mixed = sealed(&[entity(Stream::Stores, "{}"), entity(Stream::Customers, "{}")]);
    let error = entity::stream_of(&mixed).unwrap_err();
    assert!(
        matches!(error, StreamError::Mixed(Stream::Stores, Stream::Customers)),
        "{error}"
    );
    assert!(matches!(entity::stream_of(&sealed(&[])), Err(StreamError::Empty)));
    let cut = &mixed[..mixed.len() - 1];
    assert!(matches!(entity::stream_of(cut), Err(StreamError::Group(_))));
}

#[test]
fn streams_have_names_of_their_own() {
    for stream in Stream::ALL {
        assert_eq!(stream.as_str().parse(), Ok(stream));
        assert_eq!(
            serde_json::to_string(&stream).unwrap(),
            format!("\"{}\"", stream.as_str())
        );
    }
    assert_eq!("Stores".parse::<Stream>(), Err(NotStream));
}
