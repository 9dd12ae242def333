use tokio::time::Instant;

/// A line for whoever watches.
#[expect(clippy::print_stdout, reason = "what the command is for")]
pub(super) fn say(line: &str) {
    println!("{line}");
}

/// Lines about one phase.
#[derive(Debug)]
pub(super) struct Teller {
    phase: &'static str,
    /// Of the whole run.
    started: Instant,
}

impl Teller {
    pub(super) fn new(phase: &'static str, started: Instant) -> Self {
        Self { phase, started }
    }

    pub(super) fn tell(&self, line: &str) {
        say(&format!(
            "{:>6.1} s  {:<8}  {line}",
            self.started.elapsed().as_secs_f64(),
            self.phase
        ));
    }
}
