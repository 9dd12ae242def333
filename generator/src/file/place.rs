use std::ffi::OsString;
use std::fs::File;
use std::io::{Stdout, Write};
use std::path::{Path, PathBuf};

/// What a file is called until everything is in it.
const SUFFIX: &str = ".incomplete";

/// Where the bytes go: nobody finds half a file under the name of a whole one.
pub(super) enum Place {
    Stdout(Stdout),
    /// A device or a pipe, which keeps its name.
    Stream {
        file: File,
        path: PathBuf,
    },
    File {
        file: File,
        unfinished: PathBuf,
        path: PathBuf,
    },
}

impl Place {
    /// `-` is the standard output.
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::Stdout(std::io::stdout()));
        }
        let path = path.to_owned();
        if path.metadata().is_ok_and(|known| !known.is_file()) {
            let file = File::options().write(true).open(&path)?;
            return Ok(Self::Stream { file, path });
        }
        let mut unfinished = OsString::from(&path);
        unfinished.push(SUFFIX);
        let unfinished = PathBuf::from(unfinished);
        Ok(Self::File {
            file: File::create(&unfinished)?,
            unfinished,
            path,
        })
    }

    /// Gives the file its name once it is on the disk.
    pub(super) fn complete(mut self) -> std::io::Result<()> {
        self.flush()?;
        match self {
            Self::Stdout(_) | Self::Stream { .. } => Ok(()),
            Self::File { file, unfinished, path } => {
                file.sync_all()?;
                std::fs::rename(unfinished, path)
            }
        }
    }

    /// Leaves what was written where it is, and tells where.
    pub(super) fn leave(self) -> PathBuf {
        match self {
            Self::Stdout(_) => PathBuf::from("the standard output"),
            Self::Stream { path, .. } => path,
            Self::File { unfinished, .. } => unfinished,
        }
    }
}

impl Write for Place {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(bytes),
            Self::Stream { file, .. } | Self::File { file, .. } => file.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Stdout(stdout) => stdout.flush(),
            Self::Stream { file, .. } | Self::File { file, .. } => file.flush(),
        }
    }
}
