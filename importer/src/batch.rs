//! Rows put together for requests, by a thread of their own.

use event::limits::{BODY_BYTES, EVENT_BYTES, EVENTS};
use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

use crate::error::FileError;
use crate::journal::Mark;
use crate::record::Refusal;
use crate::rows::{Row, Rows};

/// Rows that are no events, after which what there is goes on its way.
const MOST_OTHERS: usize = 1_000;
/// Rows' own text, after which what there is goes on its way.
const MOST_RAW_BYTES: usize = 4 * 1_024 * 1_024;

/// Rows that stand one behind the other in a file.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// JSON array; empty without events.
    pub(crate) body: String,
    /// The events' rows, in their order.
    pub(crate) events: Vec<Origin>,
    /// Rows that are refused before they are sent.
    pub(crate) refused: Vec<(Origin, Refusal)>,
    /// Rows that the mapping leaves out.
    pub(crate) skipped: u64,
    /// The text of all rows that are named here.
    raw: Vec<u8>,
    pub(crate) end: Mark,
    /// How far the file itself is read.
    pub(crate) taken_bytes: u64,
}

/// Where a row stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) line: u64,
    start: usize,
    end: usize,
}

impl Batch {
    pub(crate) fn raw(&self, origin: Origin) -> &[u8] {
        &self.raw[origin.start..origin.end]
    }

    /// With room for as much.
    fn like(other: &Self) -> Self {
        Self {
            body: String::with_capacity(other.body.len() + EVENT_BYTES),
            events: Vec::with_capacity(other.events.len()),
            raw: Vec::with_capacity(other.raw.len() + EVENT_BYTES),
            ..Self::default()
        }
    }

    fn is_empty(&self) -> bool {
        self.events.is_empty() && self.refused.is_empty() && self.skipped == 0
    }

    /// Whether the next row might be too much.
    fn is_full(&self) -> bool {
        self.events.len() >= EVENTS
            || self.body.len() + EVENT_BYTES + "],".len() > BODY_BYTES
            || self.raw.len() > MOST_RAW_BYTES
            || self.refused.len() + self.skipped as usize >= MOST_OTHERS
    }

    fn note(&mut self, line: u64, raw: &[u8]) -> Origin {
        let start = self.raw.len();
        self.raw.extend_from_slice(raw);
        let end = self.raw.len();
        Origin { line, start, end }
    }

    /// Takes a row whose event, if it is one, stands at the end of the body.
    fn take(&mut self, row: Row<'_>) {
        match row.written {
            Ok(true) => {
                let origin = self.note(row.line, row.raw);
                self.events.push(origin);
            }
            Ok(false) => self.skipped += 1,
            Err(refusal) => {
                let origin = self.note(row.line, row.raw);
                self.refused.push((origin, refusal));
            }
        }
    }
}

/// Reads to the end of the file, leaving out what was confirmed before; returns how far it came, which is all of the rows
/// that were sent to `batches`. Stops when nobody takes them anymore, or at the signal.
pub(crate) fn read(
    mut rows: Rows,
    confirmed: Option<Mark>,
    batches: &Sender<Batch>,
    stop: &CancellationToken,
) -> Result<Rows, FileError> {
    let taken = rows.taken();
    let mut mark = Mark::default();
    if let Some(confirmed) = confirmed {
        mark = pass_by(&mut rows, confirmed)?;
    }
    let mut batch = Batch::default();
    loop {
        let before = batch.body.len();
        batch.body.push(if before == 0 { '[' } else { ',' });
        let row = match rows.read(&mut batch.body) {
            Ok(row) => row,
            Err(error) => {
                batch.body.truncate(before);
                // What stands above the damage is good.
                send(batch, mark, taken.bytes(), batches);
                return Err(error.into());
            }
        };
        let Some(row) = row else {
            batch.body.truncate(before);
            send(batch, mark, taken.bytes(), batches);
            return Ok(rows);
        };
        if !matches!(row.written, Ok(true)) {
            batch.body.truncate(before);
        }
        let line = row.line;
        batch.take(row);
        mark = Mark::at(line, mark.rows + 1, rows.passed());
        if batch.is_full() {
            let next = Batch::like(&batch);
            let full = std::mem::replace(&mut batch, next);
            if !send(full, mark, taken.bytes(), batches) || stop.is_cancelled() {
                return Ok(rows);
            }
        }
    }
}

/// False when nobody takes it.
fn send(mut batch: Batch, end: Mark, taken_bytes: u64, batches: &Sender<Batch>) -> bool {
    if batch.is_empty() {
        return true;
    }
    if !batch.body.is_empty() {
        batch.body.push(']');
    }
    batch.end = end;
    batch.taken_bytes = taken_bytes;
    batches.blocking_send(batch).is_ok()
}

/// Rows that were confirmed before are read again, because ids depend on them, and must be the same.
fn pass_by(rows: &mut Rows, confirmed: Mark) -> Result<Mark, FileError> {
    let (mut mark, mut json) = (Mark::default(), String::new());
    while mark.rows < confirmed.rows {
        json.clear();
        let Some(Row { line, .. }) = rows.read(&mut json)? else {
            break;
        };
        mark.rows += 1;
        mark.line = line;
    }
    let mark = Mark::at(mark.line, mark.rows, rows.passed());
    match mark == confirmed {
        true => Ok(mark),
        false => Err(FileError::Changed { line: confirmed.line }),
    }
}
