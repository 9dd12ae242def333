//! Hashes of files, as names and as the sign that nothing has changed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use sha2::{Digest, Sha256};

pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Changes with the content of each of the files, and of those in the folder.
pub(crate) fn fingerprint(mut files: Vec<PathBuf>, folder: &Path) -> anyhow::Result<String> {
    for file in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        files.push(file?.path());
    }
    files.sort();
    let mut digest = Sha256::new();
    for file in files {
        digest.update(Sha256::digest(read(&file)?));
    }
    Ok(hexadecimal(&digest.finalize()))
}
