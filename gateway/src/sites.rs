//! Which sites may send events, from which origins and with which keys.

mod file;
mod keys;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use event::{Barrier, decode};
use url::Url;

use file::{File, FileSite};
pub(crate) use keys::{KeyIndex, Keys};

const DEMO: &str = "shop";
const DAY_MS: i64 = 86_400_000;

/// The sites of one gateway. Unknown ones are refused.
#[derive(Debug, Clone)]
pub struct Sites {
    sites: Vec<Site>,
    by_name: HashMap<String, SiteIndex>,
    default: Option<SiteIndex>,
    pub(crate) keys: Keys,
    /// The demo shop alone, which this gateway serves itself.
    pub(crate) is_demo: bool,
}

/// Position of a site, for tables beside [`Sites`].
pub(crate) type SiteIndex = usize;

#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) name: String,
    pub(crate) base_url: String,
    max_age_ms: Option<i64>,
    origins: Origins,
    keys: Vec<KeyIndex>,
    require_key: bool,
    /// Instead of the settings'.
    pub(crate) rate_requests_per_second: Option<u32>,
    pub(crate) rate_events_per_second: Option<u32>,
}

/// What a request shows to a site that wants a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    None,
    Key(KeyIndex),
    /// The operator's own back ends may send for every site.
    Every,
}

#[derive(Debug, Clone)]
enum Origins {
    Any,
    /// Lower case, as browsers send them.
    Listed(Vec<String>),
}

#[derive(Debug, thiserror::Error)]
pub enum SitesError {
    #[error("reading sites file {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("sites file {path}: {source}")]
    Parse {
        path: PathBuf,
        source: Box<toml::de::Error>,
    },
    #[error("sites file names no [[site]]")]
    None,
    #[error("site {name:?}: name must be 1 to {limit} bytes of letters, digits, '.', '-' and '_'", limit = event::limits::SITE_BYTES)]
    Name { name: String },
    #[error("site {name:?} is named twice")]
    Twice { name: String },
    #[error("site {name:?}: base_url {base_url:?} must be an absolute http or https address")]
    BaseUrl { name: String, base_url: String },
    #[error("site {name:?}: origin {origin:?} must be \"*\" or look like https://shop.example, without path")]
    Origin { name: String, origin: String },
    #[error("site {name:?}: max_age_days must be at least 1")]
    MaxAge { name: String },
    /// The key itself is not told.
    #[error("site {name:?}: key number {number} {message}")]
    Key {
        name: String,
        number: usize,
        message: &'static str,
    },
    #[error("site {name:?}: require_key without keys would refuse everything")]
    NoKeys { name: String },
    #[error("default_site {name:?} is not among the sites")]
    Default { name: String },
}

impl Sites {
    /// The sites of a TOML file: `default_site` at the top, and per `[[site]]` `name`, `base_url`, `origins`
    /// (`["*"]` takes any), `max_age_days` (absent: events of any age), `keys` (at least 16 bytes each), `require_key` (absent:
    /// when there are keys), `rate_requests_per_second` and `rate_events_per_second` (absent: as in the settings). Unknown names
    /// are errors.
    pub fn read(path: &Path) -> Result<Self, SitesError> {
        Self::new(File::read(path)?)
    }

    /// The demo shop, as this server serves it, and nothing else.
    pub fn demo(listen: SocketAddr) -> Self {
        let site = Site {
            name: DEMO.to_owned(),
            base_url: match listen.ip().is_unspecified() {
                // Nobody can open the address that means every interface.
                true => format!("http://localhost:{}/shop/", listen.port()),
                false => format!("http://{listen}/shop/"),
            },
            max_age_ms: None,
            origins: Origins::Any,
            keys: Vec::new(),
            require_key: false,
            rate_requests_per_second: None,
            rate_events_per_second: None,
        };
        Self {
            keys: Keys::default(),
            is_demo: true,
            by_name: HashMap::from([(site.name.clone(), 0)]),
            sites: vec![site],
            default: Some(0),
        }
    }

    fn new(file: File) -> Result<Self, SitesError> {
        let mut sites = Vec::with_capacity(file.site.len());
        let mut by_name = HashMap::new();
        let mut keys = Keys::default();
        for site in file.site {
            let site = Site::new(site, &mut keys)?;
            if by_name.insert(site.name.clone(), sites.len()).is_some() {
                return Err(SitesError::Twice { name: site.name });
            }
            sites.push(site);
        }
        if sites.is_empty() {
            return Err(SitesError::None);
        }
        let default = match file.default_site {
            Some(name) => Some(*by_name.get(&name).ok_or(SitesError::Default { name })?),
            None => None,
        };
        Ok(Self {
            sites,
            by_name,
            default,
            keys,
            is_demo: false,
        })
    }

    pub(crate) fn find(&self, name: &str) -> Option<SiteIndex> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn get(&self, index: SiteIndex) -> &Site {
        &self.sites[index]
    }

    pub(crate) fn default_site(&self) -> Option<SiteIndex> {
        self.default
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Site> {
        self.sites.iter()
    }
}

impl Site {
    fn new(file: FileSite, all_keys: &mut Keys) -> Result<Self, SitesError> {
        let name = file.name;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if name.is_empty() || name.len() > event::limits::SITE_BYTES || !name.bytes().all(plain) {
            return Err(SitesError::Name { name });
        }
        let base = match Url::parse(&file.base_url) {
            Ok(base) if matches!(base.scheme(), "http" | "https") && base.has_host() => base,
            _ => {
                return Err(SitesError::BaseUrl {
                    name,
                    base_url: file.base_url,
                });
            }
        };
        if file.max_age_days == Some(0) {
            return Err(SitesError::MaxAge { name });
        }
        let origins = Origins::new(&name, &base, file.origins)?;
        let mut keys = Vec::with_capacity(file.keys.len());
        for (before, key) in file.keys.iter().enumerate() {
            keys.push(all_keys.add(key).map_err(|message| SitesError::Key {
                name: name.clone(),
                number: before + 1,
                message,
            })?);
        }
        if file.require_key == Some(true) && keys.is_empty() {
            return Err(SitesError::NoKeys { name });
        }
        Ok(Self {
            name,
            base_url: base.into(),
            max_age_ms: file.max_age_days.map(|days| i64::from(days) * DAY_MS),
            origins,
            require_key: file.require_key.unwrap_or(!keys.is_empty()),
            keys,
            rate_requests_per_second: file.rate_requests_per_second,
            rate_events_per_second: file.rate_events_per_second,
        })
    }

    /// What the event crate needs to know of it.
    pub(crate) fn rules(&self) -> decode::Site<'_> {
        decode::Site {
            name: &self.name,
            base_url: &self.base_url,
            max_age_ms: self.max_age_ms,
            barrier: None,
        }
    }

    /// Why a request with this origin and key may not send for the site.
    pub(crate) fn barrier(&self, origin: Option<&str>, key: Pass) -> Option<Barrier> {
        if origin.is_some_and(|origin| !self.allows(origin)) {
            return Some(Barrier::Origin);
        }
        let fits = match key {
            _ if !self.require_key => true,
            Pass::Every => true,
            Pass::Key(key) => self.keys.contains(&key),
            Pass::None => false,
        };
        (!fits).then_some(Barrier::Key)
    }

    pub(crate) fn keys(&self) -> &[KeyIndex] {
        &self.keys
    }

    /// Whether senders need a key of it.
    pub(crate) fn requires_key(&self) -> bool {
        self.require_key
    }

    /// `origin` as the browser sends it, `null` included.
    pub(crate) fn allows(&self, origin: &str) -> bool {
        match &self.origins {
            Origins::Any => true,
            Origins::Listed(listed) => listed.iter().any(|one| one.eq_ignore_ascii_case(origin)),
        }
    }
}

impl Origins {
    /// The site's own origin is always among them.
    fn new(name: &str, base: &Url, origins: Vec<String>) -> Result<Self, SitesError> {
        let mut listed = vec![base.origin().ascii_serialization()];
        for origin in origins {
            if origin == "*" {
                return Ok(Self::Any);
            }
            let parsed = Url::parse(&origin).map(|url| url.origin().ascii_serialization());
            match parsed {
                Ok(serialized) if serialized.eq_ignore_ascii_case(&origin) => listed.push(serialized),
                _ => {
                    return Err(SitesError::Origin {
                        name: name.to_owned(),
                        origin,
                    });
                }
            }
        }
        Ok(Self::Listed(listed))
    }
}

#[cfg(test)]
mod tests;
