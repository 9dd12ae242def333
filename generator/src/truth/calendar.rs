use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Days of a time zone, numbered from 1970-01-01.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
    name: String,
    /// A quarter of an hour and its offset: no zone changes within one.
    known: (i64, i64),
}

/// There is no such zone in the IANA time zone database.
#[derive(Debug, thiserror::Error)]
#[error("unknown time zone {name:?}")]
pub struct UnknownZone {
    name: String,
    #[source]
    source: jiff::Error,
}

const DAY_MS: i64 = 86_400_000;
const QUARTER_MS: i64 = 900_000;

impl Calendar {
    /// `name` is IANA's: `UTC`, `Europe/Berlin`.
    pub fn new(name: &str) -> Result<Self, UnknownZone> {
        let zone = TimeZone::get(name).map_err(|source| UnknownZone {
            name: name.to_owned(),
            source,
        })?;
        Ok(Self {
            zone,
            name: name.to_owned(),
            known: (i64::MIN, 0),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The day of a moment in milliseconds since 1970.
    pub(super) fn day(&mut self, ms: i64) -> i32 {
        let quarter = ms.div_euclid(QUARTER_MS);
        if self.known.0 != quarter {
            let moment = Timestamp::from_millisecond(ms).expect("the contract's moments end in 2100");
            self.known = (quarter, i64::from(self.zone.to_offset(moment).seconds()) * 1_000);
        }
        (ms + self.known.1).div_euclid(DAY_MS) as i32
    }
}

pub(super) fn date(day: i32) -> Date {
    let first = Date::constant(1970, 1, 1);
    first
        .checked_add(Span::new().days(day))
        .expect("the contract's moments end in 2100")
}

/// The Monday of the day's week.
pub(super) fn monday(day: i32) -> i32 {
    // 1970-01-01 was a Thursday.
    day - (day + 3).rem_euclid(7)
}

/// `2026-11`
pub(super) fn month(day: i32) -> String {
    let date = date(day);
    format!("{:04}-{:02}", date.year(), date.month())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(zone: &str, moment: &str, expect: &str) {
        let ms = moment.parse::<Timestamp>().unwrap().as_millisecond();
        let day = Calendar::new(zone).unwrap().day(ms);
        assert_eq!(date(day).to_string(), expect, "{moment} in {zone}");
    }

    #[test]
    fn days_are_the_zones() {
        check("UTC", "2026-11-22T23:59:59.999Z", "2026-11-22");
        check("Europe/Berlin", "2026-11-22T23:00:00Z", "2026-11-23");
        check("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25");
        check("Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-25");
        check("America/New_York", "2026-11-22T04:59:59Z", "2026-11-21");
        check("Asia/Kolkata", "2026-11-22T18:30:00Z", "2026-11-23");
    }

    #[test]
    fn weeks_begin_on_mondays() {
        let sunday = Calendar::new("UTC").unwrap().day(1_795_341_600_000);
        assert_eq!(date(sunday).to_string(), "2026-11-22");
        assert_eq!(date(monday(sunday)).to_string(), "2026-11-16");
        assert_eq!(date(monday(sunday + 1)).to_string(), "2026-11-23");
        assert_eq!(month(sunday), "2026-11");
    }

    #[test]
    fn unknown_zone_is_named() {
        let error = Calendar::new("Mars/Olympus").unwrap_err();
        assert_eq!(error.to_string(), "unknown time zone \"Mars/Olympus\"");
    }
}
