//! The stream of events: many visits at once, one event after the other in the order of their time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use event::Timestamp;
use uuid::Uuid;

use crate::arrivals::Arrivals;
use crate::occurrence::Occurrence;
use crate::random::Random;
use crate::scenario::{Climate, Scenario};
use crate::visitor::{ENTRIES, Entry, Visitor};
use crate::walk::{self, Beginning, Step};

/// How events lie in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// One every so many microseconds, from the start on and without end. Visitors are as fast as that makes them, and what a
    /// back end does days later it does minutes later.
    Even { start: Timestamp, interval_us: u64 },
    /// This many, as visitors come and go between the two moments, by day and by night.
    Span { from: Timestamp, to: Timestamp, count: u64 },
}

/// An iterator of events; the same arguments give the same ones. Endless for [`Pace::Even`].
#[derive(Debug)]
pub struct Traffic {
    seed: u64,
    pace: Pace,
    climate: Climate,
    /// `None` for [`Pace::Even`].
    arrivals: Option<Arrivals>,
    /// For ids and arrivals; a visit has a sequence of its own.
    random: Random,
    people: u64,
    person_visits: u64,
    bots: u64,
    next_visit: Option<Timestamp>,
    visits: Vec<Visit>,
    free: Vec<usize>,
    /// The next step of each visit: its moment by the model's clock, and the visit's place.
    due: BinaryHeap<Reverse<(i64, usize)>>,
    on_site: usize,
    given: u64,
}

#[derive(Debug)]
struct Visit {
    visitor: Visitor,
    entry: &'static Entry,
    session_id: Uuid,
    steps: Vec<Step>,
    next: usize,
}

/// Visitors on the site at the same time, at an even pace.
const VISITORS: usize = 20;
/// At an even pace the back end is as many times faster.
const HASTE: u32 = 400;
/// Of a hundred visits those of somebody who was there before.
const RETURNING_PERCENT: u32 = 45;

impl Traffic {
    pub fn new(seed: u64, pace: Pace, scenario: Scenario) -> Self {
        let (start, climate, arrivals) = match pace {
            Pace::Even { start, .. } => (start, Climate::always(scenario), None),
            Pace::Span { from, to, count } => {
                let climate = Climate::within(scenario, from, to);
                (from, climate, Some(Arrivals::new(count, from, to, climate)))
            }
        };
        Self {
            seed,
            pace,
            climate,
            arrivals,
            random: Random::new(seed),
            people: 0,
            person_visits: 0,
            bots: 0,
            next_visit: Some(start),
            visits: Vec::new(),
            free: Vec::new(),
            due: BinaryHeap::new(),
            on_site: 0,
            given: 0,
        }
    }

    /// Lets everyone in who comes before the next step of those who are there.
    fn let_in(&mut self) {
        while let Some(at) = self.next_visit {
            if self.due.peek().is_some_and(|Reverse((due, _))| *due < at.0) {
                return;
            }
            let events = self.begin_visit(at);
            self.next_visit = match &mut self.arrivals {
                Some(arrivals) => {
                    arrivals.planned(events);
                    arrivals.next(at, &mut self.random)
                }
                None if self.on_site < VISITORS => Some(Timestamp(at.0 + 1 + self.random.below(3_000) as i64)),
                None => None,
            };
        }
    }

    /// Gives the number of events that fall into the span.
    fn begin_visit(&mut self, at: Timestamp) -> u64 {
        let weather = self.climate.at(at);
        let is_bot = self.random.percent(weather.bots_percent);
        // The nth visit of a person is the same whatever the scenario does to the others.
        let (visitor, mut own) = if is_bot {
            self.bots += 1;
            let mut own = Random::of(self.seed, 5, self.bots);
            (Visitor::bot(self.seed, own.below(self.bots)), own)
        } else {
            self.person_visits += 1;
            let mut own = Random::of(self.seed, 4, self.person_visits);
            let number = self.who_comes(&mut own);
            (
                Visitor::person(self.seed, number, self.climate.wrong_clocks_percent()),
                own,
            )
        };
        let entry = own.weighted(&ENTRIES, |entry| entry.weight);
        let session_id = self.random.uuid(at);
        let place = self.free.pop().unwrap_or(self.visits.len());
        let mut steps = match self.visits.get_mut(place) {
            Some(over) => std::mem::take(&mut over.steps),
            None => Vec::with_capacity(48),
        };
        steps.clear();
        let beginning = Beginning {
            visitor: &visitor,
            entry,
            at,
            weather,
        };
        walk::plan(beginning, own, &mut steps);
        let events = self.within_span(at, &mut steps);
        let visit = Visit {
            visitor,
            entry,
            session_id,
            steps,
            next: 0,
        };
        match self.visits.get_mut(place) {
            Some(over) => *over = visit,
            None => self.visits.push(visit),
        }
        self.due.push(Reverse((at.0, place)));
        self.on_site += 1;
        events
    }

    /// Somebody new, or somebody who was there, rather lately than long ago. Who came last may still be there.
    fn who_comes(&mut self, own: &mut Random) -> u64 {
        let known = self.people.saturating_sub(VISITORS as u64);
        if known > 0 && own.percent(RETURNING_PERCENT) {
            let furthest = own.below(known) + 1;
            return known - 1 - own.below(furthest);
        }
        self.people += 1;
        self.people - 1
    }

    /// Cuts off what would happen after the span; at an even pace brings forward what would take days.
    fn within_span(&self, at: Timestamp, steps: &mut Vec<Step>) -> u64 {
        match self.pace {
            Pace::Even { .. } => {
                for step in steps.iter_mut().filter(|step| walk::is_aftermath(step)) {
                    step.gap_ms /= HASTE;
                }
            }
            Pace::Span { to, .. } => {
                let mut moment = at.0;
                let inside = |step: &&Step| {
                    moment += i64::from(step.gap_ms);
                    moment < to.0
                };
                let inside = steps.iter().take_while(inside).count();
                steps.truncate(inside);
            }
        }
        steps.len() as u64
    }

    fn stamp(&self, due: i64) -> Timestamp {
        match self.pace {
            Pace::Even { start, interval_us } => Timestamp(start.0 + (self.given * interval_us / 1_000) as i64),
            Pace::Span { .. } => Timestamp(due),
        }
    }
}

impl Iterator for Traffic {
    type Item = Occurrence;

    fn next(&mut self) -> Option<Occurrence> {
        if let Pace::Span { count, .. } = self.pace
            && self.given == count
        {
            return None;
        }
        self.let_in();
        let mut first = self.due.peek_mut()?;
        let Reverse((due, place)) = *first;
        let visit = &mut self.visits[place];
        let step = visit.steps[visit.next];
        visit.next += 1;
        let leaves = match visit.steps.get(visit.next) {
            Some(following) => {
                *first = Reverse((due + i64::from(following.gap_ms), place));
                drop(first);
                false
            }
            None => {
                PeekMut::pop(first);
                self.free.push(place);
                true
            }
        };
        if leaves {
            self.on_site -= 1;
            if self.arrivals.is_none() && self.next_visit.is_none() {
                self.next_visit = Some(Timestamp(due));
            }
        }
        let at = self.stamp(due);
        self.given += 1;
        let visit = &self.visits[place];
        Some(Occurrence {
            id: self.random.uuid(at),
            at,
            session_id: visit.session_id,
            visitor: visit.visitor,
            entry: visit.entry,
            address: step.address,
            referrer: step.referrer,
            deed: step.deed,
        })
    }
}
