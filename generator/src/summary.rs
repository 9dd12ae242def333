use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::Target;
use crate::deliver::Answer;

/// What became of the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub to: Target,
    /// To the gateway or to the broker.
    pub sent: u64,
    /// By the gateway, or confirmed by the broker.
    pub accepted: u64,
    pub rejected: u64,
    /// Sent, and not answered when the signal came.
    pub unanswered: u64,
    /// Written to a file or the standard output.
    pub written: u64,
    /// Where they are when the signal came before the last one: a file that is not whole.
    pub incomplete: Option<PathBuf>,
    /// Requests or messages that were sent again, with the same ids.
    pub retries: u64,
    /// Answered requests or messages by their latency in microseconds, rounded up to three digits or so.
    latencies: BTreeMap<u64, u64>,
}

impl Summary {
    pub(crate) fn new(to: Target) -> Self {
        Self {
            to,
            sent: 0,
            accepted: 0,
            rejected: 0,
            unanswered: 0,
            written: 0,
            incomplete: None,
            retries: 0,
            latencies: BTreeMap::new(),
        }
    }

    pub(crate) fn answered(&mut self, answer: &Answer) {
        self.accepted += answer.accepted as u64;
        self.rejected += answer.rejected as u64;
        self.retries += u64::from(answer.retries);
        *self.latencies.entry(rounded_us(answer.latency)).or_default() += 1;
    }

    /// Answered requests or messages.
    pub fn requests(&self) -> u64 {
        self.latencies.values().sum()
    }

    /// Events that are with the gateway, the broker or in the file.
    pub fn done(&self) -> u64 {
        self.sent - self.unanswered + self.written
    }

    /// The latency that this share of the requests, 0 to 100, did not exceed, at most 0.8 % above it; zero without requests.
    pub fn latency(&self, percent: u64) -> Duration {
        let rank = (self.requests() * percent).div_ceil(100).max(1);
        let mut counted = 0;
        let found = self.latencies.iter().find(|(_, requests)| {
            counted += **requests;
            counted >= rank
        });
        Duration::from_micros(found.map_or(0, |(us, _)| *us))
    }
}

/// Upwards to eight binary digits: a run of any length has few different ones.
fn rounded_us(latency: Duration) -> u64 {
    let us = latency.as_micros() as u64;
    let spare_bits = (u64::BITS - us.leading_zeros()).saturating_sub(8);
    ((us >> spare_bits) + u64::from(us & ((1 << spare_bits) - 1) > 0)) << spare_bits
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            to,
            sent,
            accepted,
            rejected,
            retries,
            ..
        } = self;
        let requests = self.requests();
        match to {
            Target::Csv | Target::Jsonl | Target::Parquet => {
                write!(formatter, "{} events written", self.written)?;
                return match &self.incomplete {
                    None => Ok(()),
                    Some(path) => write!(
                        formatter,
                        "; stopped before the last one: {} is not complete",
                        path.display()
                    ),
                };
            }
            Target::Http => write!(
                formatter,
                "{sent} events sent in {requests} requests: {accepted} accepted, {rejected} rejected, {retries} requests repeated"
            )?,
            Target::Amqp => write!(
                formatter,
                "{sent} events sent in {requests} messages: {accepted} confirmed, {retries} messages repeated"
            )?,
        }
        if self.unanswered > 0 {
            write!(
                formatter,
                ", {} without an answer when the signal came",
                self.unanswered
            )?;
        }
        let [p50, p95, p99] = [50, 95, 99].map(|percent| self.latency(percent));
        write!(
            formatter,
            "; answered within {p50:.1?} (p50), {p95:.1?} (p95), {p99:.1?} (p99)"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let mut summary = Summary::new(Target::Http);
        assert_eq!(summary.latency(99), Duration::ZERO);
        for latency_us in (1..=200).rev() {
            summary.answered(&Answer {
                accepted: 1,
                rejected: 0,
                retries: 0,
                latency: Duration::from_micros(latency_us),
            });
        }
        let percentiles = [0, 50, 95, 99, 100].map(|percent| summary.latency(percent).as_micros());
        assert_eq!(percentiles, [1, 100, 190, 198, 200]);
    }

    #[test]
    fn rounding_keeps_within_a_percent() {
        for us in [0, 1, 255, 256, 257, 1_001, 123_457, 30_000_000] {
            let rounded = rounded_us(Duration::from_micros(us));
            assert!((us..=us + us / 128).contains(&rounded), "{us} becomes {rounded}");
        }
    }
}
