//! The files the engine boots with.

use std::ffi::CString;
use std::fs;
use std::path::{Path, PathBuf};

use super::EngineError;
use crate::Settings;

/// No SOURCES: without them `file()`, `url()` and a path as a table name are refused (code 497). Of SYSTEM only what
/// cannot end or freeze the process.
const GRANTS: &str = "GRANT SELECT, INSERT, ALTER, CREATE, DROP, TRUNCATE, OPTIMIZE, SHOW, KILL QUERY, \
                      SYSTEM MERGES, SYSTEM TTL MERGES, SYSTEM VIEWS, SYSTEM DROP CACHE, SYSTEM RELOAD DICTIONARY, \
                      SYSTEM FLUSH, dictGet, CREATE TEMPORARY TABLE, BACKUP ON *.*";

pub(crate) struct Config {
    /// The engine's own directory, inside the data directory.
    pub(crate) data: PathBuf,
    file: PathBuf,
}

impl Config {
    /// The engine's command line; Err is a path with a NUL byte.
    pub(crate) fn arguments(&self) -> Result<Vec<CString>, PathBuf> {
        let option = |name: &str, path: &Path| {
            let mut text = format!("--{name}=").into_bytes();
            text.extend_from_slice(path.as_os_str().as_encoded_bytes());
            CString::new(text).map_err(|_| path.to_owned())
        };
        Ok(vec![
            c"clickhouse".to_owned(),
            option("path", &self.data)?,
            option("config-file", &self.file)?,
        ])
    }
}

/// Makes the directories and writes the configuration, unless `refuse` finds the engine's directory unusable.
pub(crate) fn prepare(
    settings: &Settings,
    refuse: impl FnOnce(&Path) -> Result<(), EngineError>,
) -> Result<Config, EngineError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| EngineError::Config { path, source }
    };
    let dir = &settings.data_dir;
    let data = dir.join("engine");
    fs::create_dir_all(&data).map_err(failed(&data))?;
    let dir = dir.canonicalize().map_err(failed(dir))?;
    let data = dir.join("engine");
    refuse(&data)?;
    let users = dir.join("users.xml");
    fs::write(&users, users_xml()).map_err(failed(&users))?;
    let file = dir.join("config.xml");
    fs::write(&file, config_xml(&dir, settings.warehouse_memory_bytes)).map_err(failed(&file))?;
    Ok(Config { data, file })
}

/// Paths are absolute: the engine looks for relative ones in the working directory.
fn config_xml(dir: &Path, memory_bytes: u64) -> String {
    let dir = dir.to_string_lossy().replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<!-- Written at each start. -->\n<clickhouse>\n  \
         <users_config>{dir}/users.xml</users_config>\n  \
         <max_server_memory_usage>{memory_bytes}</max_server_memory_usage>\n  \
         <mark_cache_size>134217728</mark_cache_size>\n  \
         <backups><allowed_path>{dir}/backups/</allowed_path></backups>\n\
         </clickhouse>\n"
    )
}

fn users_xml() -> String {
    // The engine's own 1 GiB would leave a query one thread within the memory that this one may use.
    const THREAD_MEMORY_BYTES: u64 = 128 << 20;
    format!(
        "<!-- Written at each start. -->\n<clickhouse>\n  \
         <profiles><default>\n    \
         <implicit_select>0</implicit_select>\n    \
         <allow_introspection_functions>0</allow_introspection_functions>\n    \
         <enable_shared_storage_snapshot_in_query>1</enable_shared_storage_snapshot_in_query>\n    \
         <max_threads_min_free_memory_per_thread>{THREAD_MEMORY_BYTES}</max_threads_min_free_memory_per_thread>\n  \
         </default></profiles>\n  \
         <users><default>\n    \
         <password></password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>\n    \
         <grants><query>{GRANTS}</query></grants>\n  \
         </default></users>\n  \
         <quotas><default></default></quotas>\n\
         </clickhouse>\n"
    )
}
