use event::Timestamp;
use jiff::civil::Date;
use warehouse::Metric;

use super::zone::Zone;
use crate::moment;
use crate::query::{BadParameter, refuse};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
const MAX_PERIOD_MS: i64 = 731 * DAY_MS;
const DEFAULT_PERIOD: (&str, i64) = ("7d", 7 * DAY_MS);
/// Where a row is a minute or an event.
const DEFAULT_SHORT_PERIOD: (&str, i64) = ("1h", 60 * MINUTE_MS);

/// From a moment until before another, at most two years later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// One end of it, as it was given.
pub(super) enum Bound {
    Absent,
    Moment(Timestamp),
    /// All of it belongs to the period.
    Day {
        begins: Timestamp,
        ends: Timestamp,
    },
}

impl Bound {
    pub(super) fn read(parameter: &str, text: Option<&str>, zone: &Zone, now: Timestamp) -> Result<Self, BadParameter> {
        let Some(text) = text else { return Ok(Self::Absent) };
        let message = "must be a date, an RFC 3339 moment, milliseconds since 1970, between 2000 and 2100, or a time ago such as 15m, 2h or 7d";
        let bound = day(text, zone).or_else(|| moment::parse_or_ago(text, now).map(Self::Moment));
        bound.ok_or_else(|| refuse(parameter, message))
    }
}

fn day(text: &str, zone: &Zone) -> Option<Bound> {
    // jiff reads more than YYYY-MM-DD.
    let day: Date = (text.len() == 10).then(|| text.parse().ok())??;
    let (begins, ends) = (zone.begin_of(day)?, zone.begin_of(day.tomorrow().ok()?)?);
    let is_ours = Timestamp::EARLIEST <= begins && ends <= Timestamp::LATEST;
    is_ours.then_some(Bound::Day { begins, ends })
}

impl Period {
    pub(super) fn of(from: Bound, to: Bound, metric: &Metric, now: Timestamp) -> Result<Self, BadParameter> {
        let to = match to {
            Bound::Absent => now,
            Bound::Moment(moment) | Bound::Day { ends: moment, .. } => moment,
        };
        let from = match from {
            Bound::Absent => Timestamp(to.0 - default_period(metric).1),
            Bound::Moment(moment) | Bound::Day { begins: moment, .. } => moment,
        };
        if from >= to {
            return Err(refuse("from", "must lie before to"));
        }
        if to.0 - from.0 > MAX_PERIOD_MS {
            return Err(refuse("from", "must lie no more than 731 days before to"));
        }
        Ok(Self { from, to })
    }
}

/// What a report shows without `from`: as a query parameter gives it, and in milliseconds.
pub(super) fn default_period(metric: &Metric) -> (&'static str, i64) {
    let is_fine = ["per minute", "per event,"]
        .iter()
        .any(|part| metric.grain.contains(part));
    if is_fine { DEFAULT_SHORT_PERIOD } else { DEFAULT_PERIOD }
}
