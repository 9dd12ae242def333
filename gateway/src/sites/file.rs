use std::path::Path;

use serde::Deserialize;

use super::SitesError;

/// The sites file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) default_site: Option<String>,
    #[serde(default)]
    pub(super) site: Vec<FileSite>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileSite {
    pub(super) name: String,
    pub(super) base_url: String,
    pub(super) origins: Vec<String>,
    pub(super) max_age_days: Option<u32>,
    #[serde(default)]
    pub(super) keys: Vec<String>,
    pub(super) require_key: Option<bool>,
    pub(super) rate_requests_per_second: Option<u32>,
    pub(super) rate_events_per_second: Option<u32>,
}

impl File {
    pub(super) fn read(path: &Path) -> Result<Self, SitesError> {
        let read = |source| SitesError::Read {
            path: path.to_owned(),
            source,
        };
        let text = std::fs::read_to_string(path).map_err(read)?;
        toml::from_str(&text).map_err(|source| SitesError::Parse {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }
}
