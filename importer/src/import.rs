//! One file, from its first row to its last.

use std::path::{Path, PathBuf};
use std::time::Instant;

use client::{Client, Progress, Unit};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::confirm::Confirm;
use crate::error::EarlyEnd;
use crate::journal::{Journal, Step};
use crate::rejected::{self, RejectedRows};
use crate::rows::{Form, Rows};
use crate::{ImportError, Settings, Summary, batch};

/// Batches read ahead of those on their way.
const READ_AHEAD: usize = 2;

/// Returns when every row has an answer.
pub(crate) async fn import(
    path: &Path,
    form: &Form,
    settings: &Settings,
    client: &Client,
    shutdown: &CancellationToken,
) -> Result<Summary, ImportError> {
    let of_file = |source| ImportError::File {
        path: path.to_owned(),
        source,
    };
    let is_stdin = path == Path::new("-");
    let rows = Rows::open(path, form).map_err(of_file)?;
    let has_header = rows.has_header(form);
    let journal = match is_stdin {
        true => None,
        false => Some(Journal::open(&settings.state_dir, path, form, settings.restart)?),
    };
    let resumed = journal.as_ref().and_then(|journal| journal.resumed.clone());
    let rejected = settings.rejected.clone().unwrap_or_else(|| rejected::beside(path));
    let step = resumed.clone().unwrap_or_default();
    if resumed.is_some() {
        tracing::info!(file = %path.display(), rows = step.mark.rows, line = step.mark.line, "goes on behind what was imported before");
    }
    let mut confirm = Confirm {
        client,
        site: form.site.as_str().into(),
        connections: settings.connections,
        max_refused: settings.max_refused,
        journal,
        rejected: RejectedRows::open(rejected.clone(), step.rejected_bytes)?,
        progress: Progress::new("of the file", Unit::Bytes, size(path)),
        step,
        retries: 0,
        taken_bytes: 0,
    };
    let began = Instant::now();
    let resumed_rows = resumed.as_ref().map_or(0, |step| step.mark.rows);
    let ended = read_and_send(rows, resumed, &mut confirm, shutdown).await;
    confirm.progress.finish();
    // What is known is kept, however the import ended.
    let kept = confirm.keep();
    let summary = Summary {
        file: path.to_owned(),
        rows: confirm.step.mark.rows,
        has_header,
        tally: confirm.step.tally.clone(),
        resumed_rows,
        took: began.elapsed(),
        rejected,
        retries: confirm.retries,
    };
    if let Err(source) = ended.and_then(|ended| kept.map(|()| ended)) {
        return Err(ImportError::Early {
            summary: Box::new(summary),
            line: confirm.step.mark.line,
            again: if is_stdin { NOT_AGAIN } else { AGAIN },
            source,
        });
    }
    if let Some(journal) = confirm.journal {
        journal.remove()?;
    }
    if summary.tally.accepted == 0 && summary.tally.refused_rows() > 0 {
        return Err(ImportError::NothingAccepted(Box::new(summary)));
    }
    Ok(summary)
}

const AGAIN: &str = "the same command goes on from there";
const NOT_AGAIN: &str = "the standard input cannot go on from there; what is imported again counts once";

async fn read_and_send(
    rows: Rows,
    resumed: Option<Step>,
    confirm: &mut Confirm<'_>,
    shutdown: &CancellationToken,
) -> Result<(), EarlyEnd> {
    let (sender, batches) = mpsc::channel(READ_AHEAD);
    let (ended, end) = oneshot::channel();
    let stop = shutdown.clone();
    // A thread of its own: the runtime would wait for a standard input that brings nothing.
    let reader = move || {
        let read = batch::read(rows, resumed.map(|step| step.mark), &sender, &stop);
        drop(sender);
        // Nobody listens when the import has ended before its file.
        drop(ended.send(read));
    };
    std::thread::Builder::new()
        .name("importer-rows".to_owned())
        .spawn(reader)
        .map_err(EarlyEnd::Thread)?;
    confirm.run(batches, shutdown).await?;
    let rows = end.await.map_err(|_| EarlyEnd::Reader)??;
    if shutdown.is_cancelled() {
        return Err(EarlyEnd::Signal);
    }
    if rows.ends_in_row() {
        tracing::warn!(
            line = confirm.step.mark.line,
            "the file does not end with a line break: it may be cut off within its last row"
        );
    }
    Ok(())
}

/// Of a file; the standard input has none.
fn size(path: &Path) -> Option<u64> {
    let metadata = std::fs::metadata(path).ok()?;
    metadata.is_file().then_some(metadata.len())
}

/// For a list of files in a message.
pub(crate) fn names(files: &[PathBuf]) -> String {
    let names: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
    names.join(", ")
}
