//! The seeds' own names for what the tables hold: views in databases of their own (`sql/compat`).

use rust_embed::RustEmbed;

use crate::Warehouse;
use crate::migrate::{MigrateError, statements};

#[derive(RustEmbed)]
#[folder = "../sql/compat"]
struct Files;

/// Makes the views, or makes them again, over the tables of the warehouse's database, and returns the names of the files. The user
/// must be allowed to create databases.
///
/// A server has each of these databases once: they show the Clickpath that was asked last.
pub async fn apply(warehouse: &Warehouse) -> Result<Vec<String>, MigrateError> {
    let mut files: Vec<_> = Files::iter().map(String::from).collect();
    files.sort_unstable();
    for file in &files {
        let content = Files::get(file).ok_or_else(|| MigrateError::FileName(file.clone()))?;
        let sql = String::from_utf8_lossy(&content.data);
        for (index, statement) in statements(&sql).into_iter().enumerate() {
            let failed = |source| MigrateError::Statement {
                file: file.clone(),
                statement: index + 1,
                source,
            };
            warehouse.change(statement).await.map_err(failed)?;
        }
    }
    Ok(files)
}
