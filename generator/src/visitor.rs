//! Who visits: the same person for the same number, on every day.

mod agents;
mod entries;
mod places;

use std::net::Ipv4Addr;

use crate::random::Random;
use crate::shop::layout::Viewport;

pub use agents::Agent;
pub(crate) use entries::ENTRIES;
pub use entries::Entry;
pub use places::Place;

/// One person, or one bot, at one device.
#[derive(Debug, Clone, Copy)]
pub struct Visitor {
    /// From 0; bots are counted by themselves.
    pub number: u64,
    pub agent: &'static Agent,
    pub place: &'static Place,
    pub viewport: Viewport,
    pub ip: Ipv4Addr,
    /// What the visitor's clock says minus the time it is, milliseconds.
    pub clock_skew_ms: i64,
}

/// People's numbers begin here, as in seed 001's example.
const FIRST_USER: u64 = 1_001;
/// Bots' numbers begin here, above all people's.
const FIRST_BOT: u64 = 9_000_000_000;

/// What a wrong clock may say: beyond the five minutes that readers overlook, within the day that the gateway takes.
const SKEWS_MS: [i64; 3] = [-6 * 3_600_000, -47 * 60_000, 3 * 3_600_000];

impl Visitor {
    /// `wrong_clocks` of a hundred people have one.
    pub fn person(seed: u64, number: u64, wrong_clocks: u32) -> Self {
        let mut random = Random::of(seed, 1, number);
        let agent = random.weighted(&agents::PEOPLE, |agent| agent.weight);
        let mut visitor = Self::at(agent, number, &mut random);
        if random.percent(wrong_clocks) {
            visitor.clock_skew_ms = SKEWS_MS[random.below(SKEWS_MS.len() as u64) as usize];
        }
        visitor
    }

    pub(crate) fn bot(seed: u64, number: u64) -> Self {
        let mut random = Random::of(seed, 2, number);
        let agent = random.weighted(&agents::BOTS, |agent| agent.weight);
        Self::at(agent, number, &mut random)
    }

    fn at(agent: &'static Agent, number: u64, random: &mut Random) -> Self {
        let place = random.weighted(&places::PLACES, |place| place.weight);
        let viewport = agent.viewports[random.below(agent.viewports.len() as u64) as usize];
        let host = random.next().to_be_bytes();
        Self {
            number,
            agent,
            place,
            viewport,
            ip: Ipv4Addr::new(place.block[0], place.block[1], host[0], host[1].max(1)),
            clock_skew_ms: 0,
        }
    }

    pub fn user_id(&self) -> u64 {
        match self.agent.bot_reason {
            "" => FIRST_USER + self.number,
            _ => FIRST_BOT + self.number,
        }
    }

    pub fn is_bot(&self) -> bool {
        !self.agent.bot_reason.is_empty()
    }
}
