//! The write keys of all sites. They are public, as a page carries them: they say for which site a sender may write.

use crate::settings::Secret;

/// Position of a key among all, for tables beside [`Keys`].
pub(crate) type KeyIndex = usize;

/// Each key once, whatever the number of sites that take it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys {
    keys: Vec<Secret>,
}

impl Keys {
    /// The error says what is wrong with the key, without telling it.
    pub(super) fn add(&mut self, text: &str) -> Result<KeyIndex, &'static str> {
        let key = text.parse::<Secret>()?;
        // A query parameter, a header and an attribute of the script tag carry these bytes as they are.
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
        {
            return Err("must be of letters, digits, '-', '_', '.' and '~'");
        }
        Ok(match self.find(text.as_bytes(), &[]) {
            Some(known) => known,
            None => {
                self.keys.push(key);
                self.keys.len() - 1
            }
        })
    }

    /// Looks among `likely` first: the keys of the site at hand.
    pub(crate) fn find(&self, guess: &[u8], likely: &[KeyIndex]) -> Option<KeyIndex> {
        let fits = |index: &KeyIndex| self.keys[*index].is(guess);
        let first = likely.iter().copied().find(fits);
        first.or_else(|| (0..self.keys.len()).find(fits))
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_each_key_once() {
        let mut keys = Keys::default();
        let indices = ["page-key-of-shop", "page-key-of-blog", "page-key-of-shop"].map(|text| keys.add(text).unwrap());
        assert_eq!((indices, keys.len()), ([0, 1, 0], 2));
        assert_eq!(keys.find(b"page-key-of-blog", &[0]), Some(1));
        assert_eq!(keys.find(b"page-key-of-blo", &[1]), None);
        assert_eq!(keys.find(b"page-key-of-blog2", &[1]), None);
        assert_eq!(keys.find(b"", &[]), None);
    }

    #[test]
    fn refuses_keys_without_telling_them() {
        let mut keys = Keys::default();
        for (text, message) in [
            ("short", "must have at least 16 bytes"),
            ("a key with spaces in it", "must be of letters"),
            ("ключ-ключ-ключ", "must be of letters"),
        ] {
            let error = keys.add(text).unwrap_err();
            assert!(error.starts_with(message) && !error.contains(text), "{error}");
        }
    }
}
