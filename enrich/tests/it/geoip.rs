use std::path::{Path, PathBuf};

use enrich::OpenError;
use enrich::geoip::GeoIp;

/// The CC0 country file that `cargo xtask fetch` brings. Its path is looked up as the programs do.
pub(crate) fn country_file() -> PathBuf {
    let file = cache().join("geoip/geo-whois-asn-country.mmdb");
    assert!(file.is_file(), "{} is missing: run `cargo xtask fetch`", file.display());
    file
}

#[expect(
    clippy::disallowed_methods,
    reason = "the cache's place is the developer's, read in this one place"
)]
fn cache() -> PathBuf {
    let variable = |name| {
        std::env::var(name)
            .ok()
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    variable("CLICKPATH_CACHE_DIR")
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("clickpath")))
        .or_else(|| Some(variable("HOME")?.join(".cache/clickpath")))
        .expect("HOME is set")
}

#[track_caller]
fn place(geoip: &GeoIp, ip: &str) -> [String; 3] {
    let location = geoip.locate(ip.parse().expect("an address"));
    [location.country, location.region, location.city].map(Into::into)
}

#[test]
fn country_file_knows_countries() {
    let geoip = GeoIp::open(&country_file()).unwrap();
    for (ip, country) in [
        ("8.8.8.8", "US"),
        ("::ffff:8.8.8.8", "US"),
        ("77.88.8.8", "RU"),
        ("2a02:6b8::1", "RU"),
        ("193.0.6.139", "NL"),
        ("127.0.0.1", ""),
        ("10.1.2.3", ""),
        ("::1", ""),
    ] {
        assert_eq!(place(&geoip, ip), [country, "", ""], "{ip}");
    }
}

#[test]
fn city_file_knows_cities() {
    let geoip = GeoIp::open(&fixture("city.mmdb")).unwrap();
    assert_eq!(place(&geoip, "203.0.113.7"), ["DE", "BY", "Munich"]);
    assert_eq!(place(&geoip, "198.51.100.7"), ["FR", "", ""]);
    assert_eq!(place(&geoip, "192.0.2.1"), ["", "", ""]);
    assert_eq!(place(&geoip, "2001:db8::1"), ["", "", ""], "the file holds IPv4 only");
}

#[test]
fn refuses_file_without_countries() {
    let error = GeoIp::open(&fixture("asn.mmdb")).err().unwrap();
    assert!(matches!(error, OpenError::NoCountry { .. }), "{error}");
    assert!(
        error.to_string().contains("asn.mmdb is of type \"Test-ASN\""),
        "{error}"
    );
}

#[test]
fn missing_file_is_named() {
    let error = GeoIp::open(Path::new("/nowhere/geo.mmdb")).err().unwrap();
    assert!(matches!(error, OpenError::Read { .. }));
    assert_eq!(
        error.to_string(),
        "GeoIP file /nowhere/geo.mmdb cannot be read: No such file or directory (os error 2)"
    );
}

#[test]
fn cut_off_and_garbage_files_are_refused() {
    let whole = std::fs::read(fixture("city.mmdb")).unwrap();
    let tail = whole.len() / 2;
    let directory = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("empty", Vec::new()),
        ("garbage", b"not a database, but a page that says 404".repeat(100)),
        ("cut-off", whole[..tail].to_vec()),
        ("one-byte-short", whole[..whole.len() - 1].to_vec()),
        ("without-its-beginning", whole[tail..].to_vec()),
        ("overwritten", [&[0xff; 16], &whole[16..]].concat()),
    ] {
        let path = directory.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let error = GeoIp::open(&path).err().unwrap_or_else(|| panic!("{name} opens"));
        assert!(matches!(error, OpenError::Broken { .. }), "{name}: {error}");
        let beginning = format!("GeoIP file {} is not a whole .mmdb file: ", path.display());
        assert!(error.to_string().starts_with(&beginning), "{error}");
    }
}

/// Whatever byte is damaged, the file is refused or still answers; it never panics.
#[test]
fn damaged_bytes_do_no_harm() {
    let whole = std::fs::read(fixture("city.mmdb")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("damaged.mmdb");
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x5a;
        std::fs::write(&path, bytes).unwrap();
        if let Ok(geoip) = GeoIp::open(&path) {
            place(&geoip, "203.0.113.7");
            place(&geoip, "2001:db8::1");
        }
    }
}

/// Small files in MaxMind's format, made by `tests/fixtures/make.py`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}
