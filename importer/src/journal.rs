//! How far an import is, kept on disk: one line of JSON with what is imported, then one for each step.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::rows::Form;
use crate::window::Passed;

/// Between two steps on disk. What comes in between is sent again after a crash, with the same ids.
const INTERVAL: Duration = Duration::from_millis(500);
/// Of a file, to recognise it.
const HEAD_BYTES: u64 = 64 * 1_024;

/// The end of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// On which the row begins.
    pub(crate) line: u64,
    pub(crate) rows: u64,
    /// Of text, behind gzip and encoding.
    bytes: u64,
    checksum: u32,
}

/// What became of the rows up to a mark.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    pub accepted: u64,
    /// Rows with the id of another row of the same request.
    pub copies: u64,
    /// Left out by the mapping.
    pub skipped: u64,
    /// By reason.
    pub refused: BTreeMap<String, u64>,
}

/// All that is known of an import on its way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) mark: Mark,
    pub(crate) tally: Tally,
    /// Of the file of refused rows.
    pub(crate) rejected_bytes: u64,
}

/// What is imported: another one begins anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Subject {
    file: PathBuf,
    bytes: u64,
    head_sha256: String,
    site: String,
    mapping_sha256: String,
}

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("cannot keep how far the import is in {}", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} is being imported by another process", file.display())]
    InUse { file: PathBuf },
    #[error(
        "{} was not the same when its import began: {what}. --restart begins anew; rows that are the same count once",
        file.display()
    )]
    Changed { file: PathBuf, what: &'static str },
    #[error("{} does not read as a journal; --restart begins anew", path.display())]
    Damaged { path: PathBuf },
}

/// Held by one process at a time; gone when the import has ended.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    /// What the last run confirmed.
    pub(crate) resumed: Option<Step>,
    written_at: Instant,
}

impl Mark {
    pub(crate) fn at(line: u64, rows: u64, passed: Passed) -> Self {
        Self {
            line,
            rows,
            bytes: passed.bytes,
            checksum: passed.checksum,
        }
    }
}

impl Tally {
    pub fn refused_rows(&self) -> u64 {
        self.refused.values().sum()
    }

    pub(crate) fn refuse(&mut self, reason: &str) {
        match self.refused.get_mut(reason) {
            Some(rows) => *rows += 1,
            None => _ = self.refused.insert(reason.to_owned(), 1),
        }
    }
}

impl Journal {
    /// Of the import of `file`, in `folder`; the one of an interrupted run unless `restart`.
    pub(crate) fn open(folder: &Path, file: &Path, form: &Form, restart: bool) -> Result<Self, JournalError> {
        let subject = Subject::of(file, form).map_err(|source| JournalError::Io {
            path: file.to_owned(),
            source,
        })?;
        let path = folder.join(subject.name());
        let failed = |source| JournalError::Io {
            path: path.clone(),
            source,
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        let options = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path);
        let mut journal = options.map_err(failed)?;
        match journal.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(JournalError::InUse { file: file.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let mut text = String::new();
        if !restart {
            journal.read_to_string(&mut text).map_err(failed)?;
        }
        let resumed = match text.split_once('\n') {
            None => {
                write_subject(&mut journal, &subject).map_err(failed)?;
                None
            }
            Some((first, steps)) => {
                let began: Subject =
                    serde_json::from_str(first).map_err(|_| JournalError::Damaged { path: path.clone() })?;
                if let Some(what) = began.differs(&subject) {
                    return Err(JournalError::Changed {
                        file: file.to_owned(),
                        what,
                    });
                }
                // A line that a crash cut off is none.
                let whole = text.rfind('\n').map_or(0, |end| end + 1);
                let cut = journal
                    .set_len(whole as u64)
                    .and_then(|()| journal.seek(SeekFrom::End(0)));
                cut.map_err(failed)?;
                last_step(steps)
            }
        };
        Ok(Self {
            path,
            file: journal,
            resumed,
            written_at: Instant::now(),
        })
    }

    pub(crate) fn is_due(&self) -> bool {
        self.written_at.elapsed() >= INTERVAL
    }

    /// On disk when this returns.
    pub(crate) fn write(&mut self, step: &Step) -> Result<(), JournalError> {
        let mut line = serde_json::to_string(step).expect("numbers and texts are JSON");
        line.push('\n');
        let written = self
            .file
            .write_all(line.as_bytes())
            .and_then(|()| self.file.sync_data());
        self.written_at = Instant::now();
        written.map_err(|source| self.failed(source))
    }

    /// Everything is imported.
    pub(crate) fn remove(self) -> Result<(), JournalError> {
        std::fs::remove_file(&self.path).map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> JournalError {
        JournalError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

impl Subject {
    fn of(file: &Path, form: &Form) -> io::Result<Self> {
        let opened = File::open(file)?;
        let bytes = opened.metadata()?.len();
        let mut head = Vec::new();
        opened.take(HEAD_BYTES).read_to_end(&mut head)?;
        let mapping = form.mapping.as_ref().map_or("", |mapping| &mapping.text);
        let settings = format!(
            "{:?}\0{:?}\0{:?}\0{}",
            form.format, form.delimiter, form.encoding, form.strict
        );
        Ok(Self {
            file: file.canonicalize()?,
            bytes,
            head_sha256: hexadecimal(&Sha256::digest(&head)),
            site: form.site.clone(),
            mapping_sha256: hexadecimal(&Sha256::new().chain_update(mapping).chain_update(settings).finalize()),
        })
    }

    /// Of the journal: the file's, and what tells files of one name apart.
    fn name(&self) -> String {
        let path = self.file.as_os_str().as_encoded_bytes();
        let digest = Sha256::new()
            .chain_update(path)
            .chain_update([0])
            .chain_update(&self.site)
            .finalize();
        let name = self.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        format!("{name}-{}.journal", &hexadecimal(&digest)[..12])
    }

    fn differs(&self, now: &Self) -> Option<&'static str> {
        if self.bytes != now.bytes {
            Some("its size differs")
        } else if self.head_sha256 != now.head_sha256 {
            Some("its first bytes differ")
        } else if self.mapping_sha256 != now.mapping_sha256 {
            Some("mapping, delimiter, encoding or --strict differ")
        } else {
            None
        }
    }
}

fn write_subject(journal: &mut File, subject: &Subject) -> io::Result<()> {
    let mut line = serde_json::to_string(subject)?;
    line.push('\n');
    journal.set_len(0)?;
    journal.rewind()?;
    journal.write_all(line.as_bytes())?;
    journal.sync_all()
}

fn last_step(steps: &str) -> Option<Step> {
    steps.lines().rev().find_map(|line| serde_json::from_str(line).ok())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::Format;

    struct Import {
        folder: TempDir,
        form: Form,
    }

    impl Import {
        fn of(text: &str) -> Self {
            let import = Self {
                folder: TempDir::new().unwrap(),
                form: Form {
                    format: Format::Csv,
                    mapping: None,
                    mapping_name: String::new(),
                    delimiter: None,
                    encoding: None,
                    strict: false,
                    site: "shop".to_owned(),
                },
            };
            import.write(text);
            import
        }

        fn write(&self, text: &str) {
            std::fs::write(self.file(), text).unwrap();
        }

        fn file(&self) -> PathBuf {
            self.folder.path().join("events.csv")
        }

        fn open(&self, restart: bool) -> Result<Journal, JournalError> {
            Journal::open(&self.folder.path().join("state"), &self.file(), &self.form, restart)
        }
    }

    fn step(rows: u64) -> Step {
        let mark = Mark {
            rows,
            line: rows + 1,
            ..Mark::default()
        };
        Step {
            mark,
            ..Step::default()
        }
    }

    #[test]
    fn last_whole_step_counts() {
        let import = Import::of("a,b\n");
        let mut journal = import.open(false).unwrap();
        assert_eq!(journal.resumed, None);
        journal.write(&step(1)).unwrap();
        journal.write(&step(2)).unwrap();
        // As a crash leaves it.
        journal.file.write_all(b"{\"mark\":{\"line\":4,\"ro").unwrap();
        let path = journal.path.clone();
        drop(journal);
        assert_eq!(import.open(false).unwrap().resumed, Some(step(2)));
        assert_eq!(import.open(true).unwrap().resumed, None);
        assert_eq!(import.open(false).unwrap().resumed, None);
        import.open(false).unwrap().remove().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn steps_behind_a_torn_one_count() {
        let import = Import::of("a,b\n");
        let mut journal = import.open(false).unwrap();
        journal.write(&step(1)).unwrap();
        journal.file.write_all(b"{\"mark\":{\"line\":4,\"ro").unwrap();
        drop(journal);
        import.open(false).unwrap().write(&step(5)).unwrap();
        assert_eq!(import.open(false).unwrap().resumed, Some(step(5)));
    }

    #[test]
    fn what_is_not_the_same_does_not_go_on() {
        let mut import = Import::of("a,b\n");
        import.open(false).unwrap().write(&step(1)).unwrap();
        for (text, what) in [("a,b\n1,2\n", "its size differs"), ("a;b\n", "its first bytes differ")] {
            import.write(text);
            let error = import.open(false).unwrap_err().to_string();
            assert!(error.contains(what) && error.contains("--restart"), "{error}");
        }
        import.write("a,b\n");
        import.form.strict = true;
        let error = import.open(false).unwrap_err().to_string();
        assert!(error.contains("--strict differ"), "{error}");
        // Another site is another import.
        import.form.site = "other".to_owned();
        assert_eq!(import.open(false).unwrap().resumed, None);
    }

    #[test]
    fn file_is_imported_by_one_at_a_time() {
        let import = Import::of("a,b\n");
        let journal = import.open(false).unwrap();
        assert!(matches!(import.open(true), Err(JournalError::InUse { .. })));
        drop(journal);
        import.open(false).unwrap();
    }
}
