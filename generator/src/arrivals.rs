//! When visits begin, so that a number of events fills a time span, with days and nights.

use event::Timestamp;

use crate::random::Random;
use crate::scenario::Climate;

/// Visits by the hour of the day (UTC), in parts of a busy hour.
const HOURS: [i64; 24] = [
    18, 12, 9, 8, 9, 14, 26, 44, 60, 70, 76, 80, 84, 78, 74, 72, 76, 84, 94, 100, 98, 82, 58, 34,
];
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Events of a visit before the first was planned.
const USUAL_EVENTS: u64 = 24;

#[derive(Debug)]
pub(crate) struct Arrivals {
    climate: Climate,
    count: u64,
    /// No visit begins at this moment or later, so that the last ones end within the span.
    until: Timestamp,
    planned_events: u64,
    planned_visits: u64,
}

impl Arrivals {
    pub(crate) fn new(count: u64, from: Timestamp, to: Timestamp, climate: Climate) -> Self {
        const LONG_VISIT_MS: i64 = 12 * 60_000;
        let tail = ((to.0 - from.0) / 10).clamp(1, LONG_VISIT_MS);
        Self {
            climate,
            count,
            until: Timestamp(to.0 - tail),
            planned_events: 0,
            planned_visits: 0,
        }
    }

    pub(crate) fn planned(&mut self, events: u64) {
        self.planned_events += events;
        self.planned_visits += 1;
    }

    /// When the next visit begins after one at `at`; `None` when enough events are planned.
    pub(crate) fn next(&self, at: Timestamp, random: &mut Random) -> Option<Timestamp> {
        let left = self.count.checked_sub(self.planned_events).filter(|left| *left > 0)?;
        let visits = self.planned_visits + 8;
        let events = self.planned_events + 8 * USUAL_EVENTS;
        // Weight per visit = weight left / visits left; the gap is between none and twice that.
        let visits_left = (left * visits).div_ceil(events).max(1);
        let mean = self.weight(at, self.until) / i128::from(visits_left);
        let gap = (mean * 2 * i128::from(random.below(1 << 20))) >> 20;
        Some(self.after(at, gap))
    }

    /// Milliseconds between the two moments, each counted by its hour and by the rush.
    fn weight(&self, from: Timestamp, to: Timestamp) -> i128 {
        let (mut at, mut weight) = (from, 0);
        while at < to {
            let whole_days = (self.climate.next_change(at).min(to).0 - at.0) / DAY_MS;
            if whole_days > 0 {
                let day = i128::from(HOURS.iter().sum::<i64>() * HOUR_MS * self.climate.rush(at));
                weight += day * i128::from(whole_days);
                at.0 += whole_days * DAY_MS;
                continue;
            }
            let end = self.piece_end(at).min(to);
            weight += i128::from((end.0 - at.0) * self.rate(at));
            at = end;
        }
        weight
    }

    /// The moment that lies `weight` after `from`, at most the end.
    fn after(&self, from: Timestamp, weight: i128) -> Timestamp {
        let (mut at, mut left) = (from, weight);
        while at < self.until {
            let end = self.piece_end(at).min(self.until);
            let piece = i128::from((end.0 - at.0) * self.rate(at));
            if left < piece {
                return Timestamp(at.0 + (left / i128::from(self.rate(at))) as i64);
            }
            left -= piece;
            at = end;
        }
        self.until
    }

    /// Where the hour ends or the conditions change.
    fn piece_end(&self, at: Timestamp) -> Timestamp {
        let hour = Timestamp((at.0.div_euclid(HOUR_MS) + 1) * HOUR_MS);
        hour.min(self.climate.next_change(at))
    }

    fn rate(&self, at: Timestamp) -> i64 {
        let hour = at.0.rem_euclid(DAY_MS) / HOUR_MS;
        HOURS[hour as usize] * self.climate.rush(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    const FROM: Timestamp = Timestamp(1_795_341_600_000);
    const TO: Timestamp = Timestamp(FROM.0 + 10 * DAY_MS);

    #[test]
    fn weight_counts_hours_and_rush() {
        let quiet = Arrivals::new(1_000, FROM, TO, Climate::within(Scenario::Normal, FROM, TO));
        let rush = Arrivals::new(1_000, FROM, TO, Climate::within(Scenario::TrafficSpike, FROM, TO));
        let day = quiet.weight(FROM, Timestamp(FROM.0 + DAY_MS));
        assert_eq!(quiet.weight(FROM, TO), 10 * day);
        assert_eq!(rush.weight(FROM, TO), (8 + 2 * 8) * day);
        let some = quiet.weight(FROM, Timestamp(FROM.0 + 7 * HOUR_MS + 123));
        assert_eq!(quiet.after(FROM, some).0, FROM.0 + 7 * HOUR_MS + 123);
    }

    #[test]
    fn visits_fill_the_span() {
        let mut arrivals = Arrivals::new(24_000, FROM, TO, Climate::always(Scenario::Normal));
        let mut random = Random::new(42);
        let (mut at, mut visits) = (FROM, 0);
        while let Some(next) = arrivals.next(at, &mut random) {
            assert!(next >= at && next < TO);
            at = next;
            visits += 1;
            arrivals.planned(24);
        }
        assert_eq!(visits, 1_000);
        assert!(at.0 > TO.0 - 6 * HOUR_MS, "the last visit begins at {at}");
    }
}
