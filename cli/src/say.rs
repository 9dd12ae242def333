use std::fmt;
use std::io::{self, Write};

/// A line of the command's answer, on standard output. A reader such as `head` may leave before the end.
pub(crate) fn say(text: &str) {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            tracing::error!(%error, "the answer cannot be written");
        }
        _ => {}
    }
}

/// Standard output for an answer that is long: when its reader leaves, the command ends, and that is no failure.
pub(crate) struct Answer;

/// Nobody reads the standard output any more.
#[derive(Debug)]
pub(crate) struct ReaderLeft;

impl ReaderLeft {
    pub(crate) fn is_in(error: &anyhow::Error) -> bool {
        error.chain().any(|cause| {
            cause.is::<Self>()
                || cause
                    .downcast_ref::<io::Error>()
                    .and_then(io::Error::get_ref)
                    .is_some_and(|inner| inner.is::<Self>())
        })
    }
}

impl fmt::Display for ReaderLeft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("nobody reads the answer any more")
    }
}

impl std::error::Error for ReaderLeft {}

impl Write for Answer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stdout().write(bytes).map_err(told)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush().map_err(told)
    }
}

fn told(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => io::Error::other(ReaderLeft),
        _ => error,
    }
}
