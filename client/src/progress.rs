use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use indicatif::{
    HumanBytes, HumanCount, HumanDuration, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle,
};

/// Between two log lines.
const INTERVAL: Duration = Duration::from_secs(10);
const DRAWS_PER_SECOND: u8 = 5;

/// All bars of the program, so that lines of the log find room above them.
static BARS: LazyLock<MultiProgress> =
    LazyLock::new(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(DRAWS_PER_SECOND)));

/// The standard error for a program's log: its lines stand above the bar, wherever that is just drawn.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogLines;

/// How far a long work is, with its rate and the time left: a bar on a terminal, else a log line every ten seconds.
#[derive(Debug)]
pub struct Progress(Face);

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Count,
    Bytes,
}

#[derive(Debug)]
enum Face {
    Bar(ProgressBar),
    Log(Mutex<Lines>),
}

#[derive(Debug)]
struct Lines {
    what: String,
    unit: Unit,
    done: u64,
    total: Option<u64>,
    began: Instant,
    next: Instant,
}

impl Progress {
    /// `what` is counted, in the plural: `events`. Without a `total` there is no time left.
    pub fn new(what: &str, unit: Unit, total: Option<u64>) -> Self {
        if std::io::stderr().is_terminal() {
            return Self(Face::Bar(bar(what, unit, total)));
        }
        let began = Instant::now();
        Self(Face::Log(Mutex::new(Lines {
            what: what.to_owned(),
            unit,
            done: 0,
            total,
            began,
            next: began + INTERVAL,
        })))
    }

    pub fn add(&self, n: u64) {
        match &self.0 {
            Face::Bar(bar) => bar.inc(n),
            Face::Log(lines) => {
                let mut lines = lines.lock().expect("nothing panics with the lock");
                lines.done += n;
                let now = Instant::now();
                if now >= lines.next {
                    lines.next = now + INTERVAL;
                    tracing::info!("{}", lines.line(now - lines.began));
                }
            }
        }
    }

    /// Takes the bar away: what the work came to is said by whoever did it.
    pub fn finish(&self) {
        if let Face::Bar(bar) = &self.0 {
            bar.finish_and_clear();
            BARS.remove(bar);
        }
    }
}

impl Write for LogLines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        BARS.suspend(|| io::stderr().write_all(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

fn bar(what: &str, unit: Unit, total: Option<u64>) -> ProgressBar {
    let (done, of, rate) = match unit {
        Unit::Count => ("{human_pos}", "{human_len}", "{whole_per_sec}"),
        Unit::Bytes => ("{bytes}", "{total_bytes}", "{bytes_per_sec}"),
    };
    let template = match total {
        Some(_) => format!("{{bar:30}} {done} of {of} {what}, {rate}, {{eta}} left"),
        None => format!("{{spinner}} {done} {what}, {rate}, {{elapsed}}"),
    };
    let style = ProgressStyle::with_template(&template)
        .expect("the template is one of four")
        .with_key("whole_per_sec", whole_per_second);
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
    BARS.add(bar.with_style(style))
}

/// indicatif's own rate has four decimals.
fn whole_per_second(state: &ProgressState, text: &mut dyn fmt::Write) {
    write!(text, "{}/s", HumanCount(state.per_sec() as u64)).expect("a bar's text takes all that is written");
}

impl Lines {
    /// `12,000 of 200,000 events, 1,200 a second, 2 minutes left`
    fn line(&self, elapsed: Duration) -> String {
        let seconds = elapsed.as_secs_f64().max(f64::MIN_POSITIVE);
        let rate = self.done as f64 / seconds;
        let (amount, what) = (|n| self.amount(n), &self.what);
        let per_second = amount(rate as u64);
        match self.total {
            None => format!("{} {what}, {per_second} a second", amount(self.done)),
            Some(total) => {
                let left = total.saturating_sub(self.done) as f64 / rate.max(f64::MIN_POSITIVE);
                let left =
                    Duration::try_from_secs_f64(left).map_or("?".to_owned(), |left| HumanDuration(left).to_string());
                let (done, total) = (amount(self.done), amount(total));
                format!("{done} of {total} {what}, {per_second} a second, {left} left")
            }
        }
    }

    fn amount(&self, n: u64) -> Amount {
        Amount(self.unit, n)
    }
}

struct Amount(Unit, u64);

impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Unit::Count => HumanCount(self.1).fmt(formatter),
            Unit::Bytes => HumanBytes(self.1).fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(unit: Unit, total: Option<u64>, expect: &str) {
        let began = Instant::now();
        let lines = Lines {
            what: "events".to_owned(),
            unit,
            done: 12_000,
            total,
            began,
            next: began,
        };
        assert_eq!(lines.line(Duration::from_secs(10)), expect);
    }

    #[test]
    fn lines_tell_rate_and_time_left() {
        check(
            Unit::Count,
            Some(200_000),
            "12,000 of 200,000 events, 1,200 a second, 3 minutes left",
        );
        check(Unit::Count, None, "12,000 events, 1,200 a second");
        check(
            Unit::Bytes,
            Some(24_000),
            "11.72 KiB of 23.44 KiB events, 1.17 KiB a second, 10 seconds left",
        );
    }

    #[test]
    fn templates_are_read() {
        for unit in [Unit::Count, Unit::Bytes] {
            for total in [None, Some(7)] {
                bar("events", unit, total).finish_and_clear();
            }
        }
    }
}
