//! Events on their way: some are sent late, some twice.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::occurrence::Occurrence;
use crate::random::Random;
use crate::scenario::Scenario;
use crate::traffic::Traffic;
use crate::truth::Truth;

/// An iterator of what is sent, at most `count` copies; the last ones are those that were held back.
///
/// The truth, when there is one, learns both what happened, in the order of happening, and what is sent.
#[derive(Debug)]
pub struct Sending {
    traffic: Traffic,
    scenario: Scenario,
    random: Random,
    truth: Option<Truth>,
    left: u64,
    held: BinaryHeap<Reverse<Held>>,
    /// Numbers what is held, so that of two that are due together the first goes first.
    number: u64,
    /// The event after this one, unless something that is held is due before it.
    following: Option<Occurrence>,
}

#[derive(Debug)]
struct Held {
    due_ms: i64,
    number: u64,
    occurrence: Occurrence,
}

/// Of a hundred events those that are held back, or sent again.
const PERCENT: u32 = 10;
const SECOND_MS: u32 = 1_000;
const MINUTE_MS: u32 = 60_000;

impl Sending {
    /// `count` copies, or for ever when it is `None`.
    pub fn new(traffic: Traffic, scenario: Scenario, count: Option<u64>, seed: u64) -> Self {
        Self {
            traffic,
            scenario,
            random: Random::of(seed, 3, 0),
            truth: None,
            left: count.unwrap_or(u64::MAX),
            held: BinaryHeap::new(),
            number: 0,
            following: None,
        }
    }

    pub fn with_truth(mut self, truth: Option<Truth>) -> Self {
        self.truth = truth;
        self
    }

    pub fn into_truth(self) -> Option<Truth> {
        self.truth
    }

    /// The next event that is not held back, as long as there is room for it beside what is held.
    fn pull(&mut self) -> Option<Occurrence> {
        while self.left > self.held.len() as u64 {
            let occurrence = self.traffic.next()?;
            if let Some(truth) = &mut self.truth {
                truth.observe(&occurrence);
            }
            if self.scenario != Scenario::OutOfOrder || !self.random.percent(PERCENT) {
                return Some(occurrence);
            }
            let wait_ms = self.random.between(11 * MINUTE_MS, 120 * MINUTE_MS);
            self.hold(occurrence, wait_ms);
        }
        None
    }

    fn repeat_sometimes(&mut self, occurrence: Occurrence) {
        let has_room = self.left > self.held.len() as u64 + 1;
        if self.scenario == Scenario::Duplicates && has_room && self.random.percent(PERCENT) {
            let wait_ms = self.random.between(SECOND_MS, MINUTE_MS);
            self.hold(occurrence, wait_ms);
        }
    }

    /// What neither waits nor comes twice.
    fn pass(&mut self) -> Option<Occurrence> {
        self.left = self.left.checked_sub(1)?;
        let occurrence = self.traffic.next()?;
        if let Some(truth) = &mut self.truth {
            truth.observe(&occurrence);
            truth.sent(&occurrence);
        }
        Some(occurrence)
    }

    fn hold(&mut self, occurrence: Occurrence, wait_ms: u32) {
        self.number += 1;
        self.held.push(Reverse(Held {
            due_ms: occurrence.at.0 + i64::from(wait_ms),
            number: self.number,
            occurrence,
        }));
    }
}

impl Iterator for Sending {
    type Item = Occurrence;

    fn next(&mut self) -> Option<Occurrence> {
        if !matches!(self.scenario, Scenario::Duplicates | Scenario::OutOfOrder) {
            return self.pass();
        }
        if self.following.is_none() {
            self.following = self.pull();
        }
        let due_ms = self.held.peek().map_or(i64::MAX, |Reverse(held)| held.due_ms);
        let next = match self.following.take_if(|following| following.at.0 < due_ms) {
            Some(following) => {
                self.repeat_sometimes(following);
                following
            }
            None => self.held.pop()?.0.occurrence,
        };
        self.left -= 1;
        if let Some(truth) = &mut self.truth {
            truth.sent(&next);
        }
        Some(next)
    }
}

impl Ord for Held {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.due_ms, self.number).cmp(&(other.due_ms, other.number))
    }
}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Eq for Held {}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}
