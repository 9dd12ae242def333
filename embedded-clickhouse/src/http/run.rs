//! Runs one statement on a blocking thread, from its body to its answer.

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::body::BodyReader;
use super::call::Call;
use super::exception::{Exception, Reason};
use super::format::{Joining, joining};
use super::frames;
use super::reply::{Gone, Reply, Summary};
use super::session::Sessions;
use super::statement::{self, Split};
use crate::engine::ffi::{Block, Class, Connection};
use crate::engine::{Engine, Lease};

/// A statement that is not rows; the engine's `max_query_size` is smaller, its AST limits apply.
const MAX_STATEMENT_BYTES: usize = 16 << 20;
/// How far the end of an INSERT's head is looked for.
const MAX_HEAD_BYTES: usize = 1 << 20;
const READ_BYTES: usize = 256 << 10;
/// The largest result held in one piece, for formats that are one document.
const MAX_DOCUMENT_BYTES: u64 = 1 << 30;

pub(crate) struct Worker {
    pub(crate) engine: Engine,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) call: Call,
    /// May read and change nothing (`readonly=2`).
    pub(crate) viewer: bool,
    pub(crate) started: Instant,
}

struct Insert<'call> {
    /// Without FORMAT and rows.
    head: &'call str,
    format: &'call str,
}

struct Select<'call> {
    sql: &'call str,
    format: &'call str,
    joining: Joining,
}

/// Why a statement has no complete answer.
enum Failure {
    Exception(Exception),
    Gone,
}

impl From<Exception> for Failure {
    fn from(exception: Exception) -> Self {
        Self::Exception(exception)
    }
}

impl From<crate::engine::ffi::Exception> for Failure {
    fn from(exception: crate::engine::ffi::Exception) -> Self {
        Self::Exception(exception.into())
    }
}

impl From<Gone> for Failure {
    fn from(Gone: Gone) -> Self {
        Self::Gone
    }
}

impl Worker {
    pub(crate) fn run(self, body: BodyReader, mut reply: Reply) {
        // Some decoders read at once, which only a blocking thread may do.
        let body = self.call.coding.decode(body, self.call.decompress);
        let outcome = self.with_connection(|connection| self.answer(connection, body, &mut reply));
        let answered = match outcome {
            Ok(()) => reply.finish(),
            Err(Failure::Exception(exception)) => {
                tracing::debug!(
                    query_id = self.call.query_id,
                    code = exception.code,
                    text = exception.text,
                    "statement failed"
                );
                reply.fail(&exception)
            }
            Err(Failure::Gone) => Err(Gone),
        };
        if answered.is_err() {
            tracing::debug!(
                query_id = self.call.query_id,
                "the client left before the answer was complete"
            );
        }
    }

    fn with_connection(&self, action: impl FnOnce(&mut Connection) -> Result<(), Failure>) -> Result<(), Failure> {
        let Some(session) = &self.call.session else {
            let mut lease = self.fresh()?;
            self.prepare(&mut lease.connection)?;
            return action(&mut lease.connection);
        };
        let (key, found) = self.sessions.take(&self.call.credentials.user, session)?;
        let mut lease = None;
        let outcome = found
            .map_or_else(|| self.fresh(), Ok)
            .map_err(Failure::from)
            .and_then(|taken| {
                let lease = lease.insert(taken);
                self.prepare(&mut lease.connection)?;
                let outcome = action(&mut lease.connection);
                self.reset_settings(&mut lease.connection)?;
                outcome
            });
        self.sessions.put_back(key, lease, session.timeout);
        outcome
    }

    fn fresh(&self) -> Result<Lease, Exception> {
        let mut lease = self.engine.connect().ok_or_else(|| {
            Reason::NoConnection.because("the engine gave no connection; its reason is on its standard error")
        })?;
        if self.viewer {
            lease.connection.query("SET readonly = 2", "", &[])?;
        }
        Ok(lease)
    }

    /// Database and settings of the request.
    fn prepare(&self, connection: &mut Connection) -> Result<(), Exception> {
        if let Some(database) = self.call.database.as_deref().filter(|name| !name.is_empty()) {
            connection.query(&format!("USE {}", quoted(database, '`')), "", &[])?;
        }
        let settings: Vec<String> = self
            .call
            .settings
            .iter()
            .map(|(name, value)| format!("{name} = {}", quoted(value, '\'')))
            .collect();
        if !settings.is_empty() {
            connection.query(&format!("SET {}", settings.join(", ")), "", &[])?;
        }
        Ok(())
    }

    /// A request's settings end with it; what the session itself SET under the same name goes back to the default.
    fn reset_settings(&self, connection: &mut Connection) -> Result<(), Exception> {
        for (name, _) in &self.call.settings {
            connection.query(&format!("SET {name} = DEFAULT"), "", &[])?;
        }
        Ok(())
    }

    fn answer(
        &self,
        connection: &mut Connection,
        mut body: Box<dyn Read + Send>,
        reply: &mut Reply,
    ) -> Result<(), Failure> {
        let (text, split) = self.read_statement(&mut body)?;
        match split {
            Split::Insert { head, format, data } => {
                let head = utf8(&text[..head])?;
                self.allow(connection, &format!("{head} FORMAT {format}"))?;
                let rows = std::io::Cursor::new(text).split_at_data(data).chain(body);
                self.insert(
                    connection,
                    &Insert {
                        head: &head,
                        format: &format,
                    },
                    rows,
                    reply,
                )
            }
            Split::Unfinished | Split::Whole => {
                let sql = utf8(&text)?;
                self.allow(connection, &sql)?;
                self.query(connection, sql.trim_end_matches([';', ' ', '\n', '\r', '\t']), reply)
            }
        }
    }

    /// The statement with, for an INSERT, what of its rows was read with it.
    fn read_statement(&self, body: &mut dyn Read) -> Result<(Vec<u8>, Split), Exception> {
        let mut text = self.call.sql.clone().into_bytes();
        if !text.is_empty() {
            text.push(b'\n');
        }
        let mut split = statement::split(&text, false);
        let mut complete = false;
        let mut buffer = vec![0; READ_BYTES];
        while !complete && !matches!(split, Split::Insert { .. }) {
            let length = body.read(&mut buffer).map_err(frames::exception)?;
            text.extend_from_slice(&buffer[..length]);
            complete = length == 0;
            if text.len() > MAX_STATEMENT_BYTES {
                return Err(
                    Reason::SyntaxError.because(format!("the statement is longer than {MAX_STATEMENT_BYTES} bytes"))
                );
            }
            if complete || (split == Split::Unfinished && text.len() <= MAX_HEAD_BYTES + READ_BYTES) {
                split = statement::split(&text, complete);
            }
        }
        Ok((text, split))
    }

    /// Refuses what this server does not run, before it runs.
    fn allow(&self, connection: &mut Connection, sql: &str) -> Result<(), Exception> {
        if statement::names_file(sql) {
            return Err(Reason::NotImplemented.because(
                "INTO OUTFILE and FROM INFILE are not allowed: the embedded engine touches no files for SQL",
            ));
        }
        let Some(class) = connection.classify(sql) else {
            return Ok(());
        };
        if class.statements > 1 {
            return Err(Reason::SyntaxError.because("Multi-statements are not allowed"));
        }
        if class.class == Class::Changes && self.call.get {
            return Err(Reason::Readonly.because(
                "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. \
                 You should use method POST for modifying queries",
            ));
        }
        // `readonly = 2` alone lets SYSTEM and KILL pass.
        if class.class == Class::Changes && self.viewer {
            return Err(Reason::Readonly.because("Cannot execute query in readonly mode"));
        }
        Ok(())
    }

    fn insert(
        &self,
        connection: &mut Connection,
        insert: &Insert<'_>,
        mut rows: impl Read,
        reply: &mut Reply,
    ) -> Result<(), Failure> {
        let mut stream = connection.insert(insert.head, insert.format, &self.call.parameters)?;
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let length = rows.read(&mut buffer).map_err(frames::exception)?;
            if length == 0 {
                break;
            }
            stream.append(&buffer[..length])?;
        }
        let mut summary = Summary::default();
        let mut counters = stream.finish()?;
        (counters.read_rows, counters.read_bytes) = (counters.written_rows, counters.written_bytes);
        summary.add(counters, 0);
        summary.elapsed = self.started.elapsed();
        reply.start(None, &summary);
        Ok(())
    }

    fn query(&self, connection: &mut Connection, sql: &str, reply: &mut Reply) -> Result<(), Failure> {
        let default = self
            .call
            .default_format
            .as_deref()
            .filter(|format| !format.is_empty())
            .unwrap_or("TabSeparated");
        let format = statement::output_format(sql).unwrap_or(default);
        let joining = joining(format);
        if statement::is_select(sql) && joining != Joining::Document && !self.call.wait_end {
            return self.stream(connection, &Select { sql, format, joining }, reply);
        }
        let block = connection.query(sql, format, &self.call.parameters)?;
        let mut summary = Summary::default();
        let length = block.bytes().len();
        if length as u64 > MAX_DOCUMENT_BYTES {
            return Err(Reason::ResultTooLarge
                .because(format!("a result of {length} bytes in one piece is too large"))
                .into());
        }
        summary.add(block.counters(), length);
        summary.elapsed = self.started.elapsed();
        reply.start(Some(format), &summary);
        reply.write(block.bytes())?;
        Ok(())
    }

    /// Sends block by block. The first is held until the second is there or the end is known, so that short results
    /// have a summary and most failures a status.
    fn stream(&self, connection: &mut Connection, select: &Select<'_>, reply: &mut Reply) -> Result<(), Failure> {
        let mut stream = connection.stream(select.sql, select.format, &self.call.parameters)?;
        let mut summary = Summary::default();
        let held = stream.next()?;
        let mut next = if held.is_some() { stream.next()? } else { None };
        let header = held
            .as_ref()
            .map(|block| select.joining.header_length(block.bytes()))
            .unwrap_or_default();
        for block in [&held, &next].into_iter().flatten() {
            summary.add(block.counters(), block.bytes().len());
        }
        summary.elapsed = self.started.elapsed();
        reply.start(Some(select.format), &summary);
        if let Some(block) = held {
            reply.write(block.bytes())?;
        }
        while let Some(block) = next {
            reply.write(without_header(&block, header))?;
            next = stream.next()?;
        }
        Ok(())
    }
}

fn without_header(block: &Block, header: usize) -> &[u8] {
    block.bytes().get(header..).unwrap_or_default()
}

/// The rows that were read together with the statement.
trait SplitAtData {
    fn split_at_data(self, data: usize) -> Self;
}

impl SplitAtData for std::io::Cursor<Vec<u8>> {
    fn split_at_data(mut self, data: usize) -> Self {
        self.set_position(data as u64);
        self
    }
}

fn utf8(text: &[u8]) -> Result<String, Exception> {
    match std::str::from_utf8(text) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            Err(Reason::SyntaxError.because(format!("the statement is not UTF-8 at byte {}", error.valid_up_to())))
        }
    }
}

/// `text` within quotes, as the engine's parser reads it back.
fn quoted(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for character in text.chars() {
        if character == quote || character == '\\' {
            out.push('\\');
        }
        out.push(character);
    }
    out.push(quote);
    out
}

/// Asks the engine to end every running statement.
pub(crate) fn cancel_all(engine: &Engine) {
    let Some(mut lease) = engine.connect() else {
        tracing::warn!("no connection to cancel the running statements with");
        return;
    };
    if let Err(exception) = lease
        .connection
        .query("KILL QUERY WHERE query NOT ILIKE 'KILL QUERY%' ASYNC", "TSV", &[])
    {
        tracing::warn!(%exception, "cannot cancel the running statements");
    }
}

/// How long a statement may take to notice that it was cancelled before it is asked again.
pub(crate) const CANCEL_AGAIN: Duration = Duration::from_secs(1);
