use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::Path;

use uuid::Uuid;

use crate::OpenError;

/// The id in the folder's file `id`, made when there is none. The caller holds the folder's lock.
pub(super) fn of_folder(folder: &Path) -> Result<Uuid, OpenError> {
    let failed = |source| OpenError::Folder {
        folder: folder.to_owned(),
        action: "read or write its id",
        source,
    };
    let path = folder.join("id");
    match std::fs::read_to_string(&path) {
        Ok(text) => Uuid::try_parse(text.trim()).map_err(|_| {
            failed(io::Error::new(
                io::ErrorKind::InvalidData,
                "its file `id` holds no UUID: remove it to get a new one",
            ))
        }),
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => make(folder, &path).map_err(failed),
        Err(source) => Err(failed(source)),
    }
}

fn make(folder: &Path, path: &Path) -> io::Result<Uuid> {
    // The hasher's keys come from the system's random source.
    let random = || RandomState::new().hash_one(0u8);
    let id = uuid::Builder::from_random_bytes((u128::from(random()) << 64 | u128::from(random())).to_be_bytes());
    let id = id.into_uuid();
    let unfinished = folder.join("id.unfinished");
    let mut file = File::create(&unfinished)?;
    file.write_all(id.to_string().as_bytes())?;
    file.sync_all()?;
    std::fs::rename(unfinished, path)?;
    File::open(folder)?.sync_all()?;
    Ok(id)
}
