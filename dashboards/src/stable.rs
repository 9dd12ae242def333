//! Ids that are the same every time, made of names.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// UUIDv8 of a name (RFC 9562, appendix B.2).
pub fn uuid(kind: &str, name: &str) -> Uuid {
    let digest = digest(kind, name);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

/// Metabase's form of an entity's id: 21 characters of A–Z, a–z, 0–9, `_` and `-`.
pub fn nano_id(kind: &str, name: &str) -> String {
    let mut text = BASE64_URL_SAFE_NO_PAD.encode(digest(kind, name));
    text.truncate(21);
    text
}

/// A name as part of a file's or a URL's: lower case, words joined by `-`.
pub fn slug(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join("-").to_lowercase()
}

fn digest(kind: &str, name: &str) -> impl AsRef<[u8]> + std::ops::Deref<Target = [u8]> {
    let mut hash = Sha256::new();
    hash.update(b"clickpath dashboards\0");
    hash.update(kind);
    hash.update(b"\0");
    hash.update(name);
    hash.finalize().to_vec()
}
