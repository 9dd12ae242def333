//! One entity's text to what is published.

mod names;

use enrich::Sealer;
use enrich::seal::{SealError, SealReason};
use event::entity::{Entity, Stream};
use event::{Timestamp, limits};

use names::{Names, key_name};

/// Of a key.
const KEY_BYTES: usize = limits::LABEL_BYTES;

/// What the door knows about an entity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival<'s> {
    pub(super) site: &'s str,
    pub(super) stream: Stream,
    pub(super) received_at: Timestamp,
}

/// Why one entity was not taken.
#[derive(Debug)]
pub(super) struct Refusal {
    /// When it could be read.
    pub(super) key: Option<String>,
    /// Where the fault is; empty for the whole.
    pub(super) field: String,
    pub(super) reason: Reason,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum Reason {
    #[error("must be an object")]
    NotObject,
    #[error("exceeds {} bytes", limits::EVENT_BYTES)]
    TooLarge,
    #[error("is given twice")]
    Duplicate,
    #[error("is needed (or {})", key_name(*.stream))]
    NoKey { stream: Stream },
    #[error("must be a whole number or a text of 1 to {KEY_BYTES} bytes without control characters")]
    Key,
    #[error("must be an RFC 3339 moment with its offset or milliseconds since 1970, between 2000 and 2100")]
    UpdatedAt,
    #[error("lies more than a day ahead of the server's clock")]
    Future,
    #[error(transparent)]
    Seal(#[from] SealReason),
}

impl Reason {
    /// The stable name in answers, metrics and docs.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::NotObject => "not_an_object",
            Self::TooLarge => "too_large",
            Self::Duplicate => "duplicate_field",
            Self::NoKey { .. } => "missing",
            Self::Key => "invalid_key",
            Self::UpdatedAt => "invalid_time",
            Self::Future => "future",
            Self::Seal(reason) => reason.code(),
        }
    }
}

/// Reads key and version, and seals the rest.
pub(super) fn read<'t>(text: &'t str, arrival: Arrival<'t>, sealer: &Sealer) -> Result<Entity<'t>, Refusal> {
    let Arrival {
        site,
        stream,
        received_at,
    } = arrival;
    let names = Names::read(text).map_err(|reason| Refusal::new("", reason))?;
    let key = names.key(stream)?;
    let refused = |refusal: Refusal| Refusal {
        key: Some(key.to_string()),
        ..refusal
    };
    let version = names.version(received_at).map_err(refused)?;
    let sealed = sealer.seal(text, received_at);
    let sealed = sealed.map_err(|SealError { field, reason }| refused(Refusal::new(&field, reason.into())))?;
    Ok(Entity {
        site: site.into(),
        stream,
        version,
        digest: sealed.digest,
        email_hash: sealed.email_hash.into(),
        phone_hash: sealed.phone_hash.into(),
        received_at,
        payload: sealed.payload.into(),
        key,
    })
}

impl Refusal {
    fn new(field: &str, reason: Reason) -> Self {
        Self {
            key: None,
            field: field.to_owned(),
            reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use enrich::seal::FernetKey;

    use super::*;

    const NOW: Timestamp = Timestamp(1_795_341_600_000);

    fn seal(text: &'static str) -> Result<Entity<'static>, Refusal> {
        let arrival = Arrival {
            site: "shop",
            stream: Stream::Stores,
            received_at: NOW,
        };
        let sealer = Sealer::new(&FernetKey::generate().unwrap().into(), None);
        read(text, arrival, &sealer)
    }

    #[track_caller]
    fn takes(text: &'static str, key: &str, version: i64) {
        let entity = seal(text).unwrap();
        assert_eq!((&*entity.key, entity.version.0), (key, version), "{text}");
        assert_eq!(entity.payload, text);
    }

    #[track_caller]
    fn refuses(text: &'static str, key: Option<&str>, field: &str, code: &str) {
        let refusal = seal(text).unwrap_err();
        let found = (refusal.key.as_deref(), &*refusal.field, refusal.reason.code());
        assert_eq!(found, (key, field, code), "{text}");
    }

    #[test]
    fn reads_key_and_version() {
        takes(r#"{"id":7}"#, "7", NOW.0);
        takes(r#"{"id":"a-7","store_id":8}"#, "a-7", NOW.0);
        takes(
            r#"{"store_id":18446744073709551615,"price":10.10}"#,
            "18446744073709551615",
            NOW.0,
        );
        takes(r#"{"\u0069d":"\u0061"}"#, "a", NOW.0);
        takes(r#"{"id":null,"store_id":"7","updated_at":null}"#, "7", NOW.0);
        takes(
            r#"{"id":7,"updated_at":"2026-11-21T12:00:00+02:00"}"#,
            "7",
            1_795_255_200_000,
        );
        takes(r#"{"id":7,"updated_at":1795255200000}"#, "7", 1_795_255_200_000);
        takes(
            r#"{"id":7,"updated_at":"1795255200000","big":1e999}"#,
            "7",
            1_795_255_200_000,
        );
    }

    #[test]
    fn refuses_with_field_and_reason() {
        refuses("7", None, "", "not_an_object");
        refuses("[]", None, "", "not_an_object");
        refuses(r#"{"id":7"#, None, "", "invalid_json");
        refuses("{}", None, "id", "missing");
        // Of another stream.
        refuses(r#"{"product_id":7}"#, None, "id", "missing");
        refuses(r#"{"id":7,"id":8}"#, None, "id", "duplicate_field");
        for text in [
            r#"{"id":7.5}"#,
            r#"{"id":7e2}"#,
            r#"{"id":true}"#,
            r#"{"id":{}}"#,
            r#"{"id":"a\nb"}"#,
        ] {
            refuses(text, None, "id", "invalid_key");
        }
        refuses(r#"{"store_id":[]}"#, None, "store_id", "invalid_key");
        refuses(
            r#"{"id":7,"updated_at":"2026-11-21"}"#,
            Some("7"),
            "updated_at",
            "invalid_time",
        );
        refuses(
            r#"{"id":7,"updated_at":1795255200}"#,
            Some("7"),
            "updated_at",
            "invalid_time",
        );
        refuses(
            r#"{"id":7,"updated_at":"2027-01-01T00:00:00Z"}"#,
            Some("7"),
            "updated_at",
            "future",
        );
        refuses(
            r#"{"id":7,"owner":{"email":"no"}}"#,
            Some("7"),
            "owner.email",
            "invalid_email",
        );
    }
}
