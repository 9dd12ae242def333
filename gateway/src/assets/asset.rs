use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Write};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

/// Below this a compressed answer is no faster.
const COMPRESS_FROM_BYTES: usize = 512;
const HASH_DIGITS: usize = 8;

/// One file and its compressed forms.
pub(super) struct Asset {
    plain: Bytes,
    pub(super) brotli: Option<Bytes>,
    pub(super) gzip: Option<Bytes>,
    content_type: &'static str,
    cache_control: &'static str,
    /// Of the plain bytes, hexadecimal.
    hash: String,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Caching {
    /// Files with a hash in their name for ever, the others as [`Caching::Revalidate`] with a short rest.
    ByName,
    /// All of them have a hash in their name.
    Forever,
    Revalidate,
}

const IMMUTABLE: &str = "public, max-age=31536000, immutable";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Caching {
    pub(super) fn of(self, name: &str) -> &'static str {
        match self {
            Self::ByName if has_hash(name) => IMMUTABLE,
            Self::Forever => IMMUTABLE,
            Self::ByName => "public, max-age=300, must-revalidate",
            Self::Revalidate => "no-cache",
        }
    }
}

/// `clickpath-0a1b2c3d.wasm`
fn has_hash(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or("");
    let hash = stem.rsplit('-').next().filter(|hash| hash.len() < stem.len());
    hash.is_some_and(|hash| hash.len() >= HASH_DIGITS && hash.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

pub(super) fn content_type(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "ts" | "txt" | "md" => "text/plain; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        _ => return None,
    })
}

impl Asset {
    pub(super) fn new(plain: Vec<u8>, content_type: &'static str, cache_control: &'static str) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(&plain);
        Self {
            hash: format!("{:016x}{:x}", hasher.finish(), plain.len()),
            plain: plain.into(),
            brotli: None,
            gzip: None,
            content_type,
            cache_control,
        }
    }

    /// Adds the gzip form where it is smaller.
    pub(super) fn compress(&mut self) -> io::Result<()> {
        if self.plain.len() < COMPRESS_FROM_BYTES {
            return Ok(());
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&self.plain)?;
        let gzip = encoder.finish()?;
        self.gzip = (gzip.len() < self.plain.len()).then(|| gzip.into());
        Ok(())
    }

    pub(super) fn text(&self) -> Option<&str> {
        str::from_utf8(&self.plain).ok()
    }

    /// The smallest form the client takes, or 304 when it has it already.
    pub(super) fn respond(&self, request: &HeaderMap) -> Response {
        let encoding = self.choose(request);
        let mut response = if self.is_known(request) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let mut response = Body::from(self.form(encoding).clone()).into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
            if let Some(name) = encoding.name() {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
            }
            response
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(self.cache_control));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        let tag = format!("\"{}{}\"", self.hash, encoding.suffix());
        headers.insert(
            header::ETAG,
            HeaderValue::try_from(tag).expect("hexadecimal digits and quotes"),
        );
        response
    }

    fn form(&self, encoding: Encoding) -> &Bytes {
        let form = match encoding {
            Encoding::Brotli => self.brotli.as_ref(),
            Encoding::Gzip => self.gzip.as_ref(),
            Encoding::Identity => None,
        };
        form.unwrap_or(&self.plain)
    }

    fn choose(&self, request: &HeaderMap) -> Encoding {
        if self.brotli.is_some() && accepts(request, "br") {
            Encoding::Brotli
        } else if self.gzip.is_some() && accepts(request, "gzip") {
            Encoding::Gzip
        } else {
            Encoding::Identity
        }
    }

    /// Whatever its encoding: the forms differ in bytes, not in what they say (RFC 9110, section 13.1.2, weak comparison).
    fn is_known(&self, request: &HeaderMap) -> bool {
        let tags = request
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let mut tags = tags.flat_map(|value| value.split(',')).map(str::trim);
        tags.any(|tag| {
            let tag = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
            let hash = tag.split('-').next().unwrap_or(tag);
            tag == "*" || hash == self.hash
        })
    }
}

impl Encoding {
    fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => "-br",
            Self::Gzip => "-gzip",
            Self::Identity => "",
        }
    }
}

/// Named, and not with a quality of zero.
fn accepts(request: &HeaderMap, wanted: &str) -> bool {
    let values = request
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        let refused = parts
            .filter_map(|part| part.strip_prefix("q="))
            .any(|quality| quality.parse() == Ok(0.0));
        named && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_hashed_names_for_ever() {
        for (name, hashed) in [
            ("clickpath-0a1b2c3d.wasm", true),
            ("clickpath-overlay-0123456789abcdef.js", true),
            ("clickpath.js", false),
            ("clickpath-overlay.js", false),
            ("0a1b2c3d.js", false),
        ] {
            assert_eq!(has_hash(name), hashed, "{name}");
        }
    }

    #[test]
    fn honours_quality_zero() {
        let mut request = HeaderMap::new();
        request.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("gzip;q=0, BR ; q=0.5, deflate"),
        );
        assert!(accepts(&request, "br"));
        assert!(!accepts(&request, "gzip"));
    }
}
