//! Times in the forms that files have them in, as milliseconds since 1970.

use event::Timestamp;
use jiff::civil::Time;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

#[derive(Debug)]
pub(crate) struct Moment {
    format: Format,
    /// Of times without an offset.
    zone: Option<TimeZone>,
    /// The text that was read last, and what it was: neighbours often have the same day.
    last: (String, i64),
}

#[derive(Debug)]
enum Format {
    Rfc3339,
    /// A number of which so many nanoseconds are one.
    Unix(i128),
    /// As strptime(3) has it.
    Pattern(String),
}

impl Moment {
    /// Without a `format` RFC 3339. An error is a sentence.
    pub(crate) fn new(format: Option<&str>, zone: Option<&str>) -> Result<Self, String> {
        let format = match format {
            None | Some("rfc3339") => Format::Rfc3339,
            Some("unix_s") => Format::Unix(1_000_000_000),
            Some("unix_ms") => Format::Unix(1_000_000),
            Some("unix_us") => Format::Unix(1_000),
            Some(pattern) if pattern.contains('%') => Format::Pattern(pattern.to_owned()),
            Some(other) => {
                return Err(format!(
                    "unknown format {other:?}: rfc3339, unix_s, unix_ms, unix_us, or a pattern such as %Y-%m-%d %H:%M:%S"
                ));
            }
        };
        let zone = zone
            .map(|name| TimeZone::get(name).map_err(|_| format!("unknown time zone {name:?}")))
            .transpose()?;
        if let Format::Pattern(pattern) = &format {
            let has_offset = ["%z", "%:z", "%Q", "%:Q", "%s"]
                .iter()
                .any(|part| pattern.contains(part));
            if zone.is_none() && !has_offset {
                return Err(format!(
                    "times in the form {pattern:?} need a zone, such as zone = \"Europe/Warsaw\" or \"UTC\""
                ));
            }
        }
        Ok(Self {
            format,
            zone,
            last: (String::new(), 0),
        })
    }

    /// `None` when the text is no moment of this form. A time that a zone has twice is the first of both, and one that it
    /// leaves out counts on from before.
    pub(crate) fn read(&mut self, text: &str) -> Option<i64> {
        if !text.is_empty() && self.last.0 == text {
            return Some(self.last.1);
        }
        let milliseconds = match &self.format {
            Format::Rfc3339 => match text.parse::<Timestamp>() {
                Ok(moment) => moment.0,
                // `2026-11-22 10:00:00`, where there is a zone to read it in.
                Err(_) => self.local(text.parse().ok()?)?,
            },
            Format::Unix(nanoseconds) => unix(text, *nanoseconds)?,
            Format::Pattern(pattern) => {
                let broken_down = BrokenDownTime::parse(pattern, text).ok()?;
                match broken_down.to_timestamp() {
                    Ok(moment) => moment.as_millisecond(),
                    Err(_) => {
                        let time = broken_down.to_time().unwrap_or(Time::midnight());
                        self.local(broken_down.to_date().ok()?.to_datetime(time))?
                    }
                }
            }
        };
        self.last.0.clear();
        self.last.0.push_str(text);
        self.last.1 = milliseconds;
        Some(milliseconds)
    }

    fn local(&self, moment: jiff::civil::DateTime) -> Option<i64> {
        let zoned = self.zone.as_ref()?.to_ambiguous_zoned(moment).compatible().ok()?;
        Some(zoned.timestamp().as_millisecond())
    }
}

/// For messages: which form a time has.
impl std::fmt::Display for Moment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.format {
            Format::Rfc3339 => formatter.write_str("such as 2026-11-22T10:00:00Z"),
            Format::Unix(nanoseconds) => write!(formatter, "in units of {nanoseconds} ns since 1970"),
            Format::Pattern(pattern) => write!(formatter, "of the form {pattern}"),
        }
    }
}

/// Milliseconds of a number of seconds.
pub(super) fn seconds(text: &str) -> Option<i64> {
    unix(text, 1_000_000_000)
}

/// Whole seconds or their like, or with a fraction.
fn unix(text: &str, nanoseconds: i128) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 20 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let mut total = whole.parse::<i128>().ok()? * nanoseconds;
    let mut unit = nanoseconds;
    for digit in fraction.bytes() {
        unit /= 10;
        total += i128::from(digit - b'0') * unit;
    }
    let milliseconds = (if negative { -total } else { total }).div_euclid(1_000_000);
    i64::try_from(milliseconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: Option<&str>, zone: Option<&str>, text: &str, expect: &str) {
        let mut moment = Moment::new(format, zone).unwrap();
        let read = moment
            .read(text)
            .map(|milliseconds| Timestamp(milliseconds).to_string());
        assert_eq!(read.as_deref().unwrap_or("none"), expect, "{text} {format:?} {zone:?}");
        assert_eq!(moment.read(text).is_some(), read.is_some());
    }

    #[test]
    fn forms_are_read_with_their_zones() {
        let warsaw = Some("Europe/Warsaw");
        check(None, None, "2008-04-01T12:00:00+02:00", "2008-04-01T10:00:00.000Z");
        check(None, warsaw, "2008-04-01 12:00:00", "2008-04-01T10:00:00.000Z");
        check(Some("%Y-%m-%d"), warsaw, "2008-4-1", "2008-03-31T22:00:00.000Z");
        check(Some("%Y-%m-%d"), warsaw, "2008-12-01", "2008-11-30T23:00:00.000Z");
        check(
            Some("%d.%m.%Y %H:%M:%S%.f"),
            Some("UTC"),
            "1.4.2008 07:08:09.250",
            "2008-04-01T07:08:09.250Z",
        );
        check(
            Some("%d/%b/%Y:%H:%M:%S %z"),
            None,
            "10/Oct/2000:13:55:36 -0700",
            "2000-10-10T20:55:36.000Z",
        );
        check(
            Some("%m/%d/%Y %I:%M %p"),
            Some("America/New_York"),
            "11/22/2026 05:30 PM",
            "2026-11-22T22:30:00.000Z",
        );
        check(Some("unix_s"), None, "1795341600", "2026-11-22T10:00:00.000Z");
        check(Some("unix_s"), None, "1795341600.1239", "2026-11-22T10:00:00.123Z");
        check(Some("unix_ms"), None, "1795341600123", "2026-11-22T10:00:00.123Z");
        check(Some("unix_us"), None, "1795341600123999", "2026-11-22T10:00:00.123Z");
    }

    #[test]
    fn hours_that_clocks_skip_or_repeat_are_read() {
        let (pattern, warsaw) = (Some("%Y-%m-%d %H:%M"), Some("Europe/Warsaw"));
        check(pattern, warsaw, "2026-03-29 02:30", "2026-03-29T01:30:00.000Z");
        check(pattern, warsaw, "2026-10-25 02:30", "2026-10-25T00:30:00.000Z");
    }

    #[test]
    fn what_is_no_time_is_none() {
        check(None, None, "2008-04-01 12:00:00", "none");
        check(Some("%Y-%m-%d"), Some("UTC"), "2008-13-01", "none");
        check(Some("%Y-%m-%d"), Some("UTC"), "2008-04-01 and more", "none");
        check(Some("%Y-%m-%d"), Some("UTC"), "", "none");
        check(Some("unix_s"), None, "soon", "none");
        check(Some("unix_s"), None, "99999999999999999999999", "none");
    }

    #[test]
    fn settings_that_cannot_work_are_told() {
        assert!(Moment::new(Some("%Y-%m-%d"), None).unwrap_err().contains("need a zone"));
        assert!(Moment::new(Some("iso"), None).unwrap_err().contains("unknown format"));
        assert!(
            Moment::new(None, Some("Mars/Olympus"))
                .unwrap_err()
                .contains("unknown time zone")
        );
    }
}
