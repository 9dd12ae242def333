use std::path::Path;
use std::time::Duration;

use client::{Progress, Unit};
use event::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::deliver::deliver;
use crate::truth::Calendar;
use crate::{Definition, GenerateError, Occurrence, Pace, Sending, Settings, Summary, Traffic, Truth, file};

/// Between two events when neither rate nor span is set.
const UNPACED_INTERVAL_US: u64 = 10_000;

/// Generates events until their count or the signal; `start` is the time now.
pub async fn run(settings: Settings, start: Timestamp, shutdown: CancellationToken) -> Result<Summary, GenerateError> {
    if settings.to.format().is_none() && settings.output != Path::new("-") {
        return Err(GenerateError::Settings("output needs --to csv, jsonl or parquet"));
    }
    let truth = truth(&settings)?;
    let pace = pace(&settings, start)?;
    let count = (settings.count > 0).then_some(settings.count);
    let traffic = Traffic::new(settings.seed, pace, settings.scenario);
    let mut job = Job {
        sending: Sending::new(traffic, settings.scenario, count, settings.seed).with_truth(truth),
        timing: Timing::new(&settings, pace),
        progress: Progress::new("events", Unit::Count, count),
    };
    let (summary, job, settings) = match settings.to.format() {
        None => {
            let summary = deliver(&settings, &mut job, start, shutdown).await?;
            (summary, job, settings)
        }
        Some(format) => {
            let write = move || {
                let summary = file::write(&settings, format, &mut job, &shutdown)?;
                Ok::<_, GenerateError>((summary, job, settings))
            };
            tokio::task::spawn_blocking(write)
                .await
                .map_err(GenerateError::Task)??
        }
    };
    job.progress.finish();
    if let (Some(path), Some(truth)) = (&settings.expected, job.sending.into_truth()) {
        if summary.done() < settings.count {
            tracing::warn!(file = %path.display(), "stopped before the last event: what is expected is not written");
        } else {
            file::write_expected(path, &truth.finish())?;
        }
    }
    Ok(summary)
}

/// What is to be done, whatever the output.
pub(crate) struct Job {
    pub(crate) sending: Sending,
    pub(crate) timing: Timing,
    pub(crate) progress: Progress,
}

fn truth(settings: &Settings) -> Result<Option<Truth>, GenerateError> {
    if settings.expected.is_none() {
        return Ok(None);
    }
    if settings.count == 0 {
        return Err(GenerateError::Settings("expected needs a --count above 0"));
    }
    let mut definition = Definition::usual(Calendar::new(&settings.timezone)?);
    definition.bots = settings.expected_bots;
    Ok(Some(Truth::new(definition)))
}

fn pace(settings: &Settings, start: Timestamp) -> Result<Pace, GenerateError> {
    let to = settings.until.unwrap_or(start);
    match settings.span {
        Some(_) if settings.count == 0 => Err(GenerateError::Settings("span needs a --count above 0")),
        Some(span) => Ok(Pace::Span {
            from: before(to, span.as_millis() as u64),
            to,
            count: settings.count,
        }),
        None if settings.speed_up > 0 => Err(GenerateError::Settings("speed-up needs a --span")),
        None if settings.rate > 0 => Ok(Pace::Even {
            start,
            interval_us: 1_000_000 / u64::from(settings.rate),
        }),
        None => Ok(Pace::Even {
            start: before(to, settings.count.saturating_mul(UNPACED_INTERVAL_US) / 1_000),
            interval_us: UNPACED_INTERVAL_US,
        }),
    }
}

fn before(end: Timestamp, ms: u64) -> Timestamp {
    Timestamp(end.0.saturating_sub_unsigned(ms).max(Timestamp::EARLIEST.0))
}

/// When events are sent, counted from the beginning of the run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Timing {
    AtOnce,
    PerSecond(u32),
    SpeedUp { from: Timestamp, factor: u32 },
}

impl Timing {
    fn new(settings: &Settings, pace: Pace) -> Self {
        match pace {
            Pace::Span { from, .. } if settings.speed_up > 0 => Self::SpeedUp {
                from,
                factor: settings.speed_up,
            },
            _ if settings.rate > 0 => Self::PerSecond(settings.rate),
            _ => Self::AtOnce,
        }
    }

    pub(crate) fn is_at_once(self) -> bool {
        matches!(self, Self::AtOnce)
    }

    /// When `last` may be sent, the event before which `sent` others were.
    pub(crate) fn due(self, sent: u64, last: &Occurrence) -> Option<Duration> {
        match self {
            Self::AtOnce => None,
            Self::PerSecond(rate) => Some(Duration::from_micros(sent * 1_000_000 / u64::from(rate))),
            Self::SpeedUp { from, factor } => {
                let passed = Duration::from_millis((last.at.0 - from.0).unsigned_abs());
                Some(passed / factor)
            }
        }
    }
}
