//! Keys in a statement: too many for a parameter, which a server limits to 128 KiB, and the embedded engine takes no external
//! tables.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// A statement holds this many bytes of keys, and a third more in its text form; ClickHouse is told to take it, and the
/// embedded engine's limit is 16 MiB.
const KEY_BYTES: usize = 4 * 1024 * 1024;

/// The keys as rows of RowBinary, written by `put`, in pieces of [`KEY_BYTES`].
pub(crate) fn pieces<K>(keys: &[K], put: impl Fn(&mut Vec<u8>, &K)) -> Vec<Vec<u8>> {
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    for key in keys {
        if pieces.last().is_none_or(|piece| piece.len() >= KEY_BYTES) {
            pieces.push(Vec::new());
        }
        put(pieces.last_mut().expect("pushed above"), key);
    }
    pieces
}

/// Puts a piece into the statement, as Base64, so that no value can be read as SQL.
pub(crate) fn with_keys(sql: &str, keys: &[u8]) -> String {
    sql.replacen("'{keys}'", &format!("'{}'", BASE64_STANDARD.encode(keys)), 1)
}
