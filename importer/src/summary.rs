use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::journal::Tally;

/// What became of a file's rows.
#[derive(Debug, Clone)]
pub struct Summary {
    pub file: PathBuf,
    /// Below the header.
    pub rows: u64,
    /// Of a file that has one.
    pub has_header: bool,
    pub tally: Tally,
    /// Rows that an earlier run had imported.
    pub resumed_rows: u64,
    /// Of this run.
    pub took: Duration,
    /// Where refused rows are.
    pub rejected: PathBuf,
    /// Requests that were sent again.
    pub retries: u64,
}

impl Summary {
    /// Of this run.
    pub fn rows_per_second(&self) -> f64 {
        (self.rows - self.resumed_rows) as f64 / self.took.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

/// What is said of a file without rows.
pub(crate) fn nothing_in(file: &Path, has_header: bool) -> String {
    let has = match has_header {
        true => "has a header and no rows",
        false => "has no rows",
    };
    format!("{} {has}: there is nothing to import", file.display())
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            rows,
            has_header,
            tally,
            resumed_rows,
            took,
            rejected,
            retries,
        } = self;
        if *rows == 0 {
            return formatter.write_str(&nothing_in(file, *has_header));
        }
        let rate = self.rows_per_second();
        write!(formatter, "{}: {rows} rows", file.display())?;
        if *resumed_rows > 0 {
            write!(formatter, ", {resumed_rows} of them before,")?;
        }
        write!(formatter, " in {:.1} s ({rate:.0} rows/s)", took.as_secs_f64())?;
        write!(
            formatter,
            ": {} accepted, {} refused",
            tally.accepted,
            tally.refused_rows()
        )?;
        let mut before = " (";
        for (reason, rows) in &tally.refused {
            write!(formatter, "{before}{rows} {reason}")?;
            before = ", ";
        }
        if !tally.refused.is_empty() {
            write!(formatter, "; see {})", rejected.display())?;
        }
        if tally.copies > 0 {
            write!(formatter, ", {} with the id of a row beside them", tally.copies)?;
        }
        if tally.skipped > 0 {
            write!(formatter, ", {} left out by the mapping", tally.skipped)?;
        }
        if *retries > 0 {
            write!(formatter, ", {retries} requests repeated")?;
        }
        Ok(())
    }
}

/// `1 row`, `2 rows`
pub(crate) fn plural(number: u64, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}
