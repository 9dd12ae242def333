use std::fmt;
use std::str::FromStr;

use super::{FernetKey, KeyError};

/// One key or several, as in Python's `MultiFernet`: the first seals, any opens.
///
/// Hashes and digests are keyed by the last, so that a key put before it changes none: rows of before and after still join, and what
/// is published again unchanged still leaves no trace.
#[derive(Clone, PartialEq, Eq)]
pub struct FernetKeys {
    newest: FernetKey,
    /// The newer first.
    older: Vec<FernetKey>,
    is_retiring: bool,
}

/// What is wrong with a list of keys, without the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeysError {
    /// Counted from 1.
    pub position: usize,
    pub keys: usize,
    pub source: KeyError,
}

impl FernetKeys {
    /// The same, hashing by the newest already: what comes of it fits who has the newest key alone.
    #[must_use]
    pub fn retiring_older(self) -> Self {
        Self {
            is_retiring: true,
            ..self
        }
    }

    pub fn newest(&self) -> &FernetKey {
        &self.newest
    }

    pub(super) fn older(&self) -> &[FernetKey] {
        &self.older
    }

    pub(super) fn hashing(&self) -> &FernetKey {
        match self.is_retiring {
            true => &self.newest,
            false => self.older.last().unwrap_or(&self.newest),
        }
    }
}

impl From<FernetKey> for FernetKeys {
    fn from(newest: FernetKey) -> Self {
        Self {
            newest,
            older: Vec::new(),
            is_retiring: false,
        }
    }
}

impl FromStr for FernetKeys {
    type Err = KeysError;

    /// Keys with commas between them and nothing else, the newest first.
    fn from_str(text: &str) -> Result<Self, KeysError> {
        let keys = text.split(',').count();
        let mut read = text.split(',').enumerate().map(|(before, key)| {
            key.parse::<FernetKey>().map_err(|source| KeysError {
                position: before + 1,
                keys,
                source,
            })
        });
        let newest = read.next().expect("a split text has at least one part")?;
        Ok(Self {
            older: read.collect::<Result<_, _>>()?,
            ..Self::from(newest)
        })
    }
}

impl fmt::Debug for FernetKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} FernetKeys", 1 + self.older.len())
    }
}

impl fmt::Display for KeysError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { position, keys, source } = self;
        match keys {
            1 => write!(formatter, "{source}"),
            _ => write!(formatter, "key {position} of {keys}: {source}"),
        }
    }
}

impl std::error::Error for KeysError {}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

    #[test]
    fn names_the_place_of_what_is_no_key() {
        let other = FernetKey::generate().unwrap().reveal();
        for (list, expect) in [
            ("".to_owned(), "it has 0 characters and must have 44"),
            ("short".to_owned(), "it has 5 characters and must have 44"),
            (
                format!("short,{KEY}"),
                "key 1 of 2: it has 5 characters and must have 44",
            ),
            (
                format!("{KEY},{other},short"),
                "key 3 of 3: it has 5 characters and must have 44",
            ),
            (format!("{KEY},"), "key 2 of 2: it has 0 characters and must have 44"),
            (
                format!("{KEY}, {other}"),
                "key 2 of 2: it has 45 characters and must have 44",
            ),
        ] {
            let error = list.parse::<FernetKeys>().unwrap_err();
            assert_eq!(error.to_string(), expect, "{list}");
        }
        let keys: FernetKeys = format!("{other},{KEY}").parse().unwrap();
        assert_eq!(
            (keys.newest().reveal(), keys.hashing().reveal()),
            (other.clone(), KEY.to_owned())
        );
        assert_eq!(keys.retiring_older().hashing().reveal(), other);
    }

    #[test]
    fn does_not_show_itself() {
        let keys: FernetKeys = KEY.parse().unwrap();
        assert_eq!(format!("{keys:?}"), "1 FernetKeys");
    }
}
