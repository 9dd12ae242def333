use event::Timestamp;
use uuid::{Builder, Uuid};

/// A UUIDv7 (RFC 9562, section 5.7): 48 bits of `now`, 74 random bits.
pub(crate) fn new_id(now: Timestamp) -> Uuid {
    let milliseconds = u64::try_from(now.0).unwrap_or(0);
    Builder::from_unix_timestamp_millis(milliseconds, &rand::random()).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_version_seven_in_time_order() {
        let early = new_id(Timestamp(1_700_000_000_000));
        let late = new_id(Timestamp(1_700_000_000_001));
        assert_eq!(
            (early.get_version_num(), early.get_variant()),
            (7, uuid::Variant::RFC4122)
        );
        assert!(early < late);
        assert_ne!(early, new_id(Timestamp(1_700_000_000_000)));
    }
}
