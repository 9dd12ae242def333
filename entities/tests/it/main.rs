//! The files that are generated: as many as the seeds want, the same for the same seed, whole after a run that was killed, and
//! consistent among themselves and with the generator's events.

#![expect(clippy::unwrap_used, reason = "a test ends where a step of its story fails")]

mod files;
mod shapes;

use std::collections::BTreeMap;
use std::path::Path;

use entities::Settings;

fn settings(data: &Path, seed: u64) -> Settings {
    Settings {
        data: data.to_owned(),
        seed,
        users: 50,
    }
}

/// All files below a folder, by path.
fn contents(folder: &Path) -> BTreeMap<String, String> {
    let mut contents = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => contents.extend(self::contents(&path)),
            false => _ = contents.insert(path.display().to_string(), std::fs::read_to_string(&path).unwrap()),
        }
    }
    contents
}
