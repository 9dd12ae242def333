//! What goes on in the world while visitors walk through the shop.

use event::Timestamp;

/// A disturbance. Within a time span it lasts for the middle fifth, in an endless stream always.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Scenario {
    /// None.
    #[default]
    Normal,
    /// Eight times as many visits.
    TrafficSpike,
    /// Six of seven visits are bots that look at products and buy nothing.
    BotAttack,
    /// The payment provider fails in seven of ten attempts.
    PaymentIncident,
    /// Pages take six times as long.
    SlowApp,
    /// One event in ten is sent a second time, up to a minute later.
    Duplicates,
    /// One visitor in ten has a clock that is hours off.
    ClockSkew,
    /// One event in ten is sent ten minutes to two hours late.
    OutOfOrder,
}

/// The conditions under which a visit begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    pub(crate) bots_percent: u32,
    /// Of a hundred payment attempts.
    pub(crate) provider_failures: u32,
    pub(crate) latency_factor: u32,
}

/// A scenario and when it lasts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Climate {
    scenario: Scenario,
    window: Option<(Timestamp, Timestamp)>,
}

/// Bots among visits in quiet times, per cent.
const BOTS_PERCENT: u32 = 2;

impl Climate {
    pub(crate) fn always(scenario: Scenario) -> Self {
        Self { scenario, window: None }
    }

    /// The middle fifth of the span.
    pub(crate) fn within(scenario: Scenario, from: Timestamp, to: Timestamp) -> Self {
        let fifth = (to.0 - from.0) / 5;
        let window = (Timestamp(from.0 + 2 * fifth), Timestamp(from.0 + 3 * fifth));
        Self {
            scenario,
            window: Some(window),
        }
    }

    fn lasts(&self, at: Timestamp) -> bool {
        self.window.is_none_or(|(from, to)| (from..to).contains(&at))
    }

    pub(crate) fn at(&self, at: Timestamp) -> Weather {
        let mut weather = Weather {
            bots_percent: BOTS_PERCENT,
            provider_failures: 0,
            latency_factor: 1,
        };
        if self.lasts(at) {
            match self.scenario {
                Scenario::BotAttack => weather.bots_percent = 86,
                Scenario::PaymentIncident => weather.provider_failures = 70,
                Scenario::SlowApp => weather.latency_factor = 6,
                Scenario::Normal
                | Scenario::TrafficSpike
                | Scenario::Duplicates
                | Scenario::ClockSkew
                | Scenario::OutOfOrder => {}
            }
        }
        weather
    }

    /// Visits per usual visit.
    pub(crate) fn rush(&self, at: Timestamp) -> i64 {
        match self.scenario {
            Scenario::TrafficSpike if self.lasts(at) => 8,
            Scenario::BotAttack if self.lasts(at) => 7,
            _ => 1,
        }
    }

    /// The next moment after `at` at which the conditions may change.
    pub(crate) fn next_change(&self, at: Timestamp) -> Timestamp {
        let edges = self.window.map_or([Timestamp::LATEST; 2], |(from, to)| [from, to]);
        edges.into_iter().find(|edge| *edge > at).unwrap_or(Timestamp::LATEST)
    }

    pub(crate) fn wrong_clocks_percent(&self) -> u32 {
        match self.scenario {
            Scenario::ClockSkew => 10,
            _ => 0,
        }
    }
}
