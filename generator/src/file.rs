//! Events as lines of a file or of the standard output.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use crate::run::Timing;
use crate::write::{Format, csv, json};
use crate::{Expected, GenerateError, Sending, Summary};

/// Text that is gathered before it is written.
const CHUNK_BYTES: usize = 256 * 1_024;
/// Events between two looks at the signal.
const CHUNK_EVENTS: u64 = 512;

/// Writes until the count or the signal; blocks meanwhile.
pub(crate) fn write(
    path: &Path,
    format: Format,
    sending: &mut Sending,
    timing: Timing,
    shutdown: &CancellationToken,
) -> Result<Summary, GenerateError> {
    let failed = |source| GenerateError::Write {
        path: path.to_owned(),
        source,
    };
    let mut output = open(path).map_err(failed)?;
    let (mut csv, mut json) = (csv::Writer::default(), json::Writer::default());
    let mut text = String::with_capacity(CHUNK_BYTES + 4_096);
    if format == Format::Csv {
        text.push_str(csv::HEADER);
        text.push('\n');
    }
    let (mut summary, began) = (Summary::default(), Instant::now());
    for occurrence in sending {
        if let Some(due) = timing.due(summary.written, &occurrence) {
            let early = due.saturating_sub(began.elapsed());
            if !early.is_zero() {
                output
                    .write_all(text.as_bytes())
                    .and_then(|()| output.flush())
                    .map_err(failed)?;
                text.clear();
                std::thread::sleep(early);
            }
        }
        match format {
            Format::Csv => csv.row(&occurrence, &mut text),
            Format::Jsonl => {
                json.event(&occurrence, &mut text);
                text.push('\n');
            }
        }
        summary.written += 1;
        if text.len() >= CHUNK_BYTES {
            output.write_all(text.as_bytes()).map_err(failed)?;
            text.clear();
        }
        if summary.written % CHUNK_EVENTS == 0 && shutdown.is_cancelled() {
            break;
        }
    }
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .map_err(failed)?;
    Ok(summary)
}

fn open(path: &Path) -> std::io::Result<Box<dyn Write>> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdout().lock()));
    }
    Ok(Box::new(File::create(path)?))
}

pub(crate) fn write_expected(path: &Path, expected: &Expected) -> Result<(), GenerateError> {
    let write = || {
        let mut output = BufWriter::new(File::create(path)?);
        serde_json::to_writer_pretty(&mut output, expected)?;
        output.write_all(b"\n")?;
        output.flush()
    };
    write().map_err(|source| GenerateError::Write {
        path: path.to_owned(),
        source,
    })
}
