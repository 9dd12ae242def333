use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment in milliseconds since 1970-01-01T00:00:00Z: `DateTime64(3, 'UTC')` in ClickHouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// 2000-01-01T00:00:00Z: an earlier client clock was never set.
    pub const EARLIEST: Self = Self(946_684_800_000);
    /// 2100-01-01T00:00:00Z.
    pub const LATEST: Self = Self(4_102_444_800_000);
}

/// The text is not an RFC 3339 moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an RFC 3339 date and time with its offset, such as 2026-11-22T10:00:00.123Z")]
pub struct NotTimestamp;

impl FromStr for Timestamp {
    type Err = NotTimestamp;

    fn from_str(text: &str) -> Result<Self, NotTimestamp> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| NotTimestamp)?;
        let milliseconds = moment.unix_timestamp_nanos().div_euclid(1_000_000);
        i64::try_from(milliseconds).map(Self).map_err(|_| NotTimestamp)
    }
}

/// RFC 3339 in UTC with milliseconds.
impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanoseconds = i128::from(self.0) * 1_000_000;
        let Ok(moment) = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds) else {
            return write!(formatter, "{} ms", self.0);
        };
        let (date, clock) = (moment.date(), moment.time());
        write!(
            formatter,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            date.year(),
            u8::from(date.month()),
            date.day(),
            clock.hour(),
            clock.minute(),
            clock.second(),
            clock.millisecond()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_offsets_and_fractions() {
        let utc: Timestamp = "2026-11-22T10:00:00.123Z".parse().unwrap();
        let moscow: Timestamp = "2026-11-22T13:00:00.123999+03:00".parse().unwrap();
        assert_eq!(utc, moscow);
        assert_eq!(utc.to_string(), "2026-11-22T10:00:00.123Z");
    }

    #[test]
    fn refuses_time_without_offset() {
        assert_eq!("2026-11-22T10:00:00".parse::<Timestamp>(), Err(NotTimestamp));
    }
}
