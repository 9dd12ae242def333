//! Where the engine library is.

use std::env;
use std::path::{Path, PathBuf};

use crate::Settings;

/// The pinned version of the npm package `@chdb/lib-linux-x64-gnu`; a directory of the cache is named after it.
pub const VERSION: &str = "26.7.3-stable.1";

/// The engine library is not on this machine.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    #[error(
        "the engine library {path} (from --engine-library or CHDB_LIB) does not exist; run `cargo xtask fetch`, or unset it"
    )]
    NamedMissing { path: PathBuf },
    #[error(
        "the engine library is not at {looked}; run `cargo xtask fetch`, or name a libchdb.so {VERSION} with CHDB_LIB"
    )]
    NotFetched { looked: PathBuf },
    #[error(
        "no cache directory is known: neither CLICKPATH_CACHE_DIR nor XDG_CACHE_HOME nor HOME is set; run `cargo xtask fetch` and set CHDB_LIB"
    )]
    NoCacheDir,
}

/// The path of `libchdb.so`: the one the settings name, else the one in the cache of fetched files.
pub fn find(settings: &Settings) -> Result<PathBuf, LibraryError> {
    if let Some(path) = &settings.engine_library {
        return match path.is_file() {
            true => Ok(path.clone()),
            false => Err(LibraryError::NamedMissing { path: path.clone() }),
        };
    }
    let cache = settings
        .cache_dir
        .clone()
        .or_else(default_cache_dir)
        .ok_or(LibraryError::NoCacheDir)?;
    let looked = in_cache(&cache);
    match looked.is_file() {
        true => Ok(looked),
        false => Err(LibraryError::NotFetched { looked }),
    }
}

/// Where the pinned library lies in a cache directory.
pub fn in_cache(cache: &Path) -> PathBuf {
    cache.join("libchdb").join(VERSION).join("libchdb.so")
}

/// `$XDG_CACHE_HOME/clickpath`, else `~/.cache/clickpath`.
fn default_cache_dir() -> Option<PathBuf> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(cache.join("clickpath"))
}
