//! The generator's events against the contract, its truth against traffic counted by hand, its scenarios against quiet days, and
//! its manners against a gateway that is not always there.

mod broker;
mod contract;
mod files;
mod manners;
mod parquet;
mod samples;
mod scenarios;
mod traffic;

use clap::Parser;
use event::Timestamp;
use generator::{Pace, Settings};

/// 2026-11-22T10:00:00Z, a Sunday.
const NOW: Timestamp = Timestamp(1_795_341_600_000);
const DAY_MS: i64 = 86_400_000;

/// What stands when nothing is given.
fn settings() -> Settings {
    #[derive(clap::Parser)]
    struct Command {
        #[command(flatten)]
        settings: Settings,
    }
    Command::parse_from(["generate"]).settings
}

/// The week that ends now.
fn week(count: u64) -> Pace {
    Pace::Span {
        from: Timestamp(NOW.0 - 7 * DAY_MS),
        to: NOW,
        count,
    }
}
