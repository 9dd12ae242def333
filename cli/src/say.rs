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
