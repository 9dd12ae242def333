//! A folder of JSON files that is made anew, and can be when making it was interrupted.

use std::fs;
use std::path::{Path, PathBuf};

use crate::EntitiesError;

/// Creates the folder, or removes its `*.json` and nothing else: `.gitkeep` stays.
pub(crate) fn clear(folder: &Path) -> Result<(), EntitiesError> {
    fs::create_dir_all(folder).map_err(|source| EntitiesError::write(folder, source))?;
    for path in entries(folder)? {
        if path.extension().is_some_and(|extension| extension == "json") {
            fs::remove_file(&path).map_err(|source| EntitiesError::write(&path, source))?;
        }
    }
    Ok(())
}

/// Writes `<name>.json`, whole or not at all: what a killed run leaves is `.<name>.json`, which [`json_files`] does not
/// give and [`clear`] removes.
pub(crate) fn write(folder: &Path, name: &str, text: &str) -> Result<(), EntitiesError> {
    let path = folder.join(format!("{name}.json"));
    let unfinished = folder.join(format!(".{name}.json"));
    fs::write(&unfinished, text)
        .and_then(|()| fs::rename(&unfinished, &path))
        .map_err(|source| EntitiesError::write(&path, source))
}

/// The folder's `*.json` by name.
pub(crate) fn json_files(folder: &Path) -> Result<Vec<PathBuf>, EntitiesError> {
    let is_file = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".json") && !name.starts_with('.')
    };
    let mut files = entries(folder)?.into_iter().filter(is_file).collect::<Vec<_>>();
    files.sort();
    Ok(files)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, EntitiesError> {
    let entries = fs::read_dir(folder).and_then(|entries| {
        let paths = entries.map(|entry| entry.map(|entry| entry.path()));
        paths.collect::<Result<Vec<_>, _>>()
    });
    entries.map_err(|source| EntitiesError::Read {
        path: folder.to_owned(),
        source,
    })
}
