//! Quarantine messages give back what went in, and are told apart from groups of events.

use event::group::{self, GroupError};
use event::quarantine::{self, Form, Record};
use event::{Source, Timestamp};
use uuid::Uuid;

fn record(bytes: &[u8]) -> Record<'_> {
    Record {
        id: Uuid::from_u128(7),
        site: "shop".into(),
        reason: "unknown_field".into(),
        code: -27,
        field: "sessionid".into(),
        message: "unknown field \"sessionid\"".into(),
        source: Source::Amqp,
        received_at: Timestamp(1_795_341_605_000),
        group_id: Uuid::nil(),
        form: Form::Json,
        accepted: true,
        user_agent: "curl/8".into(),
        ip: Some([203, 0, 113, 0].into()),
        bytes: bytes.into(),
    }
}

fn sealed(records: &[Record<'_>]) -> Vec<u8> {
    let mut buffer = Vec::new();
    for record in records {
        quarantine::append(record, &mut buffer).expect("the record encodes");
    }
    quarantine::seal(&buffer)
}

#[test]
fn gives_back_what_went_in() {
    let long = [0xff, 0, b'{'].repeat(1_000);
    let records = [record(b"{\"sessionid\": 1}"), record(&long), record(b"")];
    for sent in [&records[..1], &records] {
        let opened = quarantine::open(&sealed(sent)).unwrap();
        let found = opened.records().collect::<Result<Vec<_>, _>>().unwrap();
        assert_eq!(found, sent);
        assert!(matches!(found[0].bytes, std::borrow::Cow::Borrowed(_)), "no copy");
    }
}

#[test]
fn is_no_group_of_events() {
    let message = sealed(&[record(b"{}")]);
    assert!(matches!(
        group::open(&message),
        Err(GroupError::Version {
            found: quarantine::VERSION,
            expected: group::VERSION
        })
    ));
    assert!(matches!(
        quarantine::open(&group::seal(&[])),
        Err(GroupError::Version { .. })
    ));
}

#[test]
fn forms_have_names_of_their_own() {
    for form in [Form::Json, Form::Event, Form::Group, Form::Message] {
        assert_eq!(Form::parse(form.as_str()), Some(form));
    }
    assert_eq!(Form::parse("JSON"), None);
}

#[test]
fn refuses_record_that_no_message_can_hold() {
    let bytes = vec![0; 64 * 1024 * 1024];
    let mut buffer = b"before".to_vec();
    let error = quarantine::append(&record(&bytes), &mut buffer).unwrap_err();
    assert!(matches!(error, GroupError::TooLarge(_)), "{error}");
    assert_eq!(buffer, b"before");
}
