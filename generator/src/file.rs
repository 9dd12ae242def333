//! Events in a file or on the standard output.

mod output;
mod place;
mod sink;

use std::io::{BufWriter, IntoInnerError, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::run::Job;
use crate::write::Format;
use crate::{Expected, GenerateError, Settings, Summary};
use output::Output;
use sink::Sink;

/// Events between two looks at the signal.
const CHUNK_EVENTS: u64 = 512;
/// The longest sleep between two looks at the signal.
const NAP: Duration = Duration::from_millis(100);

/// Writes until the count or the signal; blocks meanwhile. The file has its name when everything is in it.
pub(crate) fn write(
    settings: &Settings,
    format: Format,
    job: &mut Job,
    shutdown: &CancellationToken,
) -> Result<Summary, GenerateError> {
    if format == Format::Parquet && sink::is_gzip(&settings.output) {
        return Err(GenerateError::Settings(
            "to parquet compresses its columns itself: name the output without .gz",
        ));
    }
    let mut summary = Summary::new(settings.to);
    let mut write = || {
        let mut output = Output::open(format, settings)?;
        let began = Instant::now();
        for occurrence in job.sending.by_ref() {
            if let Some(due) = job.timing.due(summary.written, &occurrence) {
                output.wait(began + due, shutdown)?;
            }
            output.event(&occurrence)?;
            summary.written += 1;
            if summary.written.is_multiple_of(CHUNK_EVENTS) {
                job.progress.add(CHUNK_EVENTS);
            }
            let is_looked_at = summary.written.is_multiple_of(CHUNK_EVENTS) || !job.timing.is_at_once();
            if is_looked_at && shutdown.is_cancelled() {
                break;
            }
        }
        let place = output.finish()?;
        if summary.written < settings.count {
            summary.incomplete = Some(place.leave());
            return Ok(());
        }
        place.complete()
    };
    write().map_err(|source| GenerateError::Write {
        path: settings.output.clone(),
        source,
    })?;
    Ok(summary)
}

impl Output {
    /// Shows what there is while it waits; the signal ends the waiting.
    fn wait(&mut self, until: Instant, shutdown: &CancellationToken) -> std::io::Result<()> {
        if until > Instant::now() {
            self.flush()?;
        }
        loop {
            let early = until.saturating_duration_since(Instant::now());
            if early.is_zero() || shutdown.is_cancelled() {
                return Ok(());
            }
            std::thread::sleep(early.min(NAP));
        }
    }
}

pub(crate) fn write_expected(path: &Path, expected: &Expected) -> Result<(), GenerateError> {
    let write = || {
        let mut output = BufWriter::new(Sink::open(path)?);
        serde_json::to_writer_pretty(&mut output, expected)?;
        output.write_all(b"\n")?;
        let sink = output.into_inner().map_err(IntoInnerError::into_error)?;
        sink.finish()?.complete()
    };
    write().map_err(|source| GenerateError::Write {
        path: path.to_owned(),
        source,
    })
}
