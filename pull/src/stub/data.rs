use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;

/// What the API answers, as JSON arrays.
#[derive(Debug, Clone)]
pub struct Data {
    pub products: String,
    pub carts: String,
    pub users: String,
}

#[derive(Debug, thiserror::Error)]
#[error("{} cannot be read", path.display())]
pub struct DataError {
    path: PathBuf,
    source: std::io::Error,
}

impl Data {
    /// Twenty products of four categories, forty carts, twelve users.
    pub fn shipped() -> Self {
        Self {
            products: include_str!("../../stub/products.json").to_owned(),
            carts: include_str!("../../stub/carts.json").to_owned(),
            users: include_str!("../../stub/users.json").to_owned(),
        }
    }

    /// A folder's, whatever is in the files: an API may answer nonsense.
    pub fn read(folder: &Path) -> Result<Self, DataError> {
        let file = |name| {
            let path = folder.join(name);
            std::fs::read_to_string(&path).map_err(|source| DataError { path, source })
        };
        Ok(Self {
            products: file("products.json")?,
            carts: file("carts.json")?,
            users: file("users.json")?,
        })
    }
}

/// The element with that `id`.
pub(super) fn of_id(array: &str, id: u64) -> Option<String> {
    #[derive(Deserialize)]
    struct Numbered {
        id: u64,
    }
    let elements = serde_json::from_str::<Vec<&RawValue>>(array).ok()?;
    let has_id = |element: &&&RawValue| serde_json::from_str::<Numbered>(element.get()).is_ok_and(|one| one.id == id);
    elements.iter().find(has_id).map(|element| element.get().to_owned())
}
