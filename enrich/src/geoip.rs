//! Country, region and city of an address, from a file in MaxMind's format held in memory.

use std::collections::HashSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use event::Location;
use maxminddb::{LookupResult, MaxMindDbError, Reader, WithinOptions, path};

/// Why a GeoIP file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("GeoIP file {} cannot be read: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("GeoIP file {} is not a whole .mmdb file: {source}", path.display())]
    Broken { path: PathBuf, source: MaxMindDbError },
    #[error("GeoIP file {} is of type {database_type:?}, which tells no country", path.display())]
    NoCountry { path: PathBuf, database_type: String },
}

pub struct GeoIp {
    reader: Reader<Vec<u8>>,
    layout: Layout,
    path: PathBuf,
    failed: AtomicBool,
}

/// How records are laid out; a file has one layout throughout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// MaxMind's and DB-IP's: `country.iso_code`, `subdivisions[0].iso_code`, `city.names.en`.
    Nested,
    /// The `@ip-location-db` packages': `country_code`, `city`. Their `state1` is a name and no ISO code, so regions stay empty.
    Flat,
}

impl GeoIp {
    /// Reads the whole file and checks every record of it, so that a damaged file fails here and not at some address.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let broken = |source| OpenError::Broken {
            path: path.to_owned(),
            source,
        };
        let bytes = std::fs::read(path).map_err(|source| OpenError::Read {
            path: path.to_owned(),
            source,
        })?;
        let reader = Reader::from_source(bytes).map_err(broken)?;
        let Some(layout) = layout(&reader).map_err(broken)? else {
            return Err(OpenError::NoCountry {
                path: path.to_owned(),
                database_type: reader.metadata().database_type.clone(),
            });
        };
        let geoip = Self {
            reader,
            layout,
            path: path.to_owned(),
            failed: AtomicBool::new(false),
        };
        geoip.check_records().map_err(broken)?;
        Ok(geoip)
    }

    /// Decodes each record once. `Reader::verify` would do, but it refuses the CC0 country file for its empty description.
    fn check_records(&self) -> Result<(), MaxMindDbError> {
        let mut seen = HashSet::new();
        for found in self.reader.networks(WithinOptions::default())? {
            let found = found?;
            if found.offset().is_some_and(|offset| seen.insert(offset)) {
                self.read(&found)?;
            }
        }
        Ok(())
    }

    /// What the file knows of `ip`; empty texts where it knows nothing. A private address has no place.
    pub fn locate(&self, ip: IpAddr) -> Location<'_> {
        let ip = ip.to_canonical();
        if ip.is_ipv6() && self.reader.metadata().ip_version == 4 {
            return Location::default();
        }
        self.look_up(ip).unwrap_or_else(|error| {
            if !self.failed.swap(true, Ordering::Relaxed) {
                tracing::error!(file = %self.path.display(), %error, "GeoIP look-up failed; further failures are not logged");
            }
            Location::default()
        })
    }

    fn look_up(&self, ip: IpAddr) -> Result<Location<'_>, MaxMindDbError> {
        self.read(&self.reader.lookup(ip)?)
    }

    fn read<'g>(&self, found: &LookupResult<'g, Vec<u8>>) -> Result<Location<'g>, MaxMindDbError> {
        let mut location = Location::default();
        match self.layout {
            Layout::Nested => {
                location.country = text(found.decode_path(&path!["country", "iso_code"])?);
                location.region = text(found.decode_path(&path!["subdivisions", 0, "iso_code"])?);
                location.city = text(found.decode_path(&path!["city", "names", "en"])?);
            }
            Layout::Flat => {
                location.country = text(found.decode_path(&path!["country_code"])?);
                location.city = text(found.decode_path(&path!["city"])?);
            }
        }
        Ok(location)
    }
}

fn text(found: Option<&str>) -> std::borrow::Cow<'_, str> {
    found.unwrap_or("").into()
}

/// The layout of the first record that names a country; such a record comes early in every file of countries or cities.
fn layout(reader: &Reader<Vec<u8>>) -> Result<Option<Layout>, MaxMindDbError> {
    const RECORDS: usize = 10_000;
    for found in reader.networks(WithinOptions::default())?.take(RECORDS) {
        let found = found?;
        if found.decode_path::<&str>(&path!["country_code"])?.is_some() {
            return Ok(Some(Layout::Flat));
        }
        if matches!(found.decode_path::<&str>(&path!["country", "iso_code"]), Ok(Some(_))) {
            return Ok(Some(Layout::Nested));
        }
    }
    Ok(None)
}
