//! Rows that are no events, in a file beside: line, reason, field, message and the row itself.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::record::Refusal;

const HEADER: &str = "line,reason,field,message,row\n";

/// Made with the first refused row.
#[derive(Debug)]
pub(crate) struct RejectedRows {
    pub(crate) path: PathBuf,
    file: Option<File>,
    /// Of the file.
    pub(crate) bytes: u64,
    /// Not written yet.
    pending: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub enum RejectedError {
    #[error("refused rows cannot be written to {}", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "{} is there already and was not written by an import: --rejected names another file for refused rows",
        path.display()
    )]
    NotOurs { path: PathBuf },
}

/// Where refused rows of `file` go.
pub(crate) fn beside(file: &Path) -> PathBuf {
    if file == Path::new("-") {
        return PathBuf::from("stdin.rejected.csv");
    }
    let mut name = file.as_os_str().to_owned();
    name.push(".rejected.csv");
    PathBuf::from(name)
}

impl RejectedRows {
    /// Goes on behind `bytes`; with none the file of an earlier import is taken away.
    pub(crate) fn open(path: PathBuf, bytes: u64) -> Result<Self, RejectedError> {
        let mut rejected = Self {
            path,
            file: None,
            bytes,
            pending: Vec::new(),
        };
        let opened = File::options().read(true).write(true).open(&rejected.path);
        let mut file = match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound && bytes == 0 => return Ok(rejected),
            opened => opened.map_err(|source| rejected.failed(source))?,
        };
        let mut first = String::new();
        BufReader::new(&file)
            .read_line(&mut first)
            .map_err(|source| rejected.failed(source))?;
        if first != HEADER && !first.is_empty() {
            return Err(RejectedError::NotOurs { path: rejected.path });
        }
        if bytes == 0 {
            std::fs::remove_file(&rejected.path).map_err(|source| rejected.failed(source))?;
        } else {
            // What a crash left behind the last step comes again.
            let cut = file.set_len(bytes).and_then(|()| file.seek(SeekFrom::Start(bytes)));
            cut.map_err(|source| rejected.failed(source))?;
            rejected.file = Some(file);
        }
        Ok(rejected)
    }

    pub(crate) fn add(&mut self, line: u64, refusal: &Refusal, row: &[u8]) {
        self.pending.extend_from_slice(line.to_string().as_bytes());
        let cells = [&refusal.reason, &refusal.field, &refusal.message].map(|text| text.as_bytes());
        for cell in cells.into_iter().chain([row]) {
            self.pending.push(b',');
            push_cell(&mut self.pending, cell);
        }
        self.pending.push(b'\n');
    }

    /// On disk when this returns.
    pub(crate) fn sync(&mut self) -> Result<(), RejectedError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let written = self.write();
        written.map_err(|source| self.failed(source))
    }

    fn write(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                self.pending.splice(0..0, HEADER.bytes());
                self.file.insert(File::create(&self.path)?)
            }
        };
        file.write_all(&self.pending)?;
        file.sync_data()?;
        self.bytes += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }

    fn failed(&self, source: io::Error) -> RejectedError {
        RejectedError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

/// RFC 4180.
fn push_cell(text: &mut Vec<u8>, cell: &[u8]) {
    if !cell.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        text.extend_from_slice(cell);
        return;
    }
    text.push(b'"');
    for &byte in cell {
        if byte == b'"' {
            text.push(b'"');
        }
        text.push(byte);
    }
    text.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_kept_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.csv.rejected.csv");
        let mut rejected = RejectedRows::open(path.clone(), 0).unwrap();
        rejected.sync().unwrap();
        assert!(!path.exists());
        rejected.add(
            7,
            &Refusal::new("x", "malformed", "expected a number"),
            b"a,\"b\"\"\n\",c\xe9",
        );
        rejected.sync().unwrap();
        let bytes = rejected.bytes;
        rejected.add(8, &Refusal::row("columns", "too few"), b"a");
        rejected.sync().unwrap();
        let first: &[u8] =
            b"line,reason,field,message,row\n7,malformed,x,expected a number,\"a,\"\"b\"\"\"\"\n\"\",c\xe9\"\n";
        assert_eq!(
            std::fs::read(&path).unwrap(),
            [first, b"8,columns,,too few,a\n"].concat()
        );

        // A crash before the second one was confirmed.
        RejectedRows::open(path.clone(), bytes).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), first);
        RejectedRows::open(path.clone(), 0).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn others_files_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.csv");
        std::fs::write(&path, "id,name\n").unwrap();
        let error = RejectedRows::open(path.clone(), 0).unwrap_err();
        assert!(matches!(error, RejectedError::NotOurs { .. }), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "id,name\n");
    }
}
