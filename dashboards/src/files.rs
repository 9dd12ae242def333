//! What is committed: every tool's files, made of the catalogue and `sql/metrics/`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{Connection, grafana, metabase, superset};

/// Folders of the generated files; whatever else lies in them is of an older catalogue.
pub const FOLDERS: [&str; 3] = ["grafana", "metabase", "superset"];

/// A file differs from what the catalogue says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    Missing(PathBuf),
    Changed(PathBuf),
    /// Nothing generates it.
    Foreign(PathBuf),
}

/// Path below the folder of dashboards, and content.
pub fn generate(connection: &Connection) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for (folder, of_tool) in FOLDERS.into_iter().zip([
        grafana::files(connection),
        metabase::files(connection),
        superset::files(connection),
    ]) {
        let folder = Path::new(folder);
        files.extend(of_tool.into_iter().map(|(name, content)| (folder.join(name), content)));
    }
    files
}

/// Writes what is missing or differs, and removes what nothing generates; hands out what it did.
pub fn write(directory: &Path, connection: &Connection) -> io::Result<Vec<Difference>> {
    let files = generate(connection);
    let found = differences(directory, connection)?;
    for difference in &found {
        match difference {
            Difference::Missing(path) | Difference::Changed(path) => {
                let target = directory.join(path);
                fs::create_dir_all(target.parent().unwrap_or(directory))?;
                fs::write(target, &files[path])?;
            }
            Difference::Foreign(path) => fs::remove_file(directory.join(path))?,
        }
    }
    Ok(found)
}

/// What [`write`] would do.
pub fn differences(directory: &Path, connection: &Connection) -> io::Result<Vec<Difference>> {
    let files = generate(connection);
    let mut found = Vec::new();
    for (path, content) in &files {
        match fs::read_to_string(directory.join(path)) {
            Ok(there) if there == *content => {}
            Ok(_) => found.push(Difference::Changed(path.clone())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => found.push(Difference::Missing(path.clone())),
            Err(error) => return Err(error),
        }
    }
    for folder in FOLDERS {
        for path in below(&directory.join(folder))? {
            let path = path.strip_prefix(directory).unwrap_or(&path).to_owned();
            if !files.contains_key(&path) {
                found.push(Difference::Foreign(path));
            }
        }
    }
    Ok(found)
}

fn below(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(below(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

/// JSON as it is committed.
pub(crate) fn json(value: &Value) -> String {
    format!("{value:#}\n")
}
