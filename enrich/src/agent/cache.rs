//! Remembers what headers said: the same few hundred combinations come over and over.

use std::borrow::Cow;
use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use event::{Client, DeviceType, Platform};
use quick_cache::{Equivalent, Weighter};

use super::{Detected, Headers, detect};

/// Bytes of the whole cache: at least eight thousand combinations of usual length, fewer of long ones.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;
/// What an entry costs besides the texts of its key.
const ENTRY_BYTES: usize = 512;
const USUAL_ENTRY_BYTES: u64 = 1024;

pub(crate) struct Cache {
    entries: quick_cache::sync::Cache<Key, Arc<Entry>, ByBytes>,
}

/// [`Detected`] without the headers' lifetime: versions are kept as their place in the headers.
struct Entry {
    browser: &'static str,
    browser_version: Piece,
    os: &'static str,
    os_version: Piece,
    device_type: DeviceType,
    platform: Platform,
    bot_reason: Piece,
}

enum Piece {
    /// Bytes `start..end` of header number `header`.
    Part {
        header: usize,
        start: usize,
        end: usize,
    },
    Static(&'static str),
    Made(Box<str>),
}

impl Cache {
    pub(crate) fn new() -> Self {
        let estimated = usize::try_from(CACHE_BYTES / USUAL_ENTRY_BYTES).unwrap_or(usize::MAX);
        Self {
            entries: quick_cache::sync::Cache::with_weighter(estimated, CACHE_BYTES, ByBytes),
        }
    }

    /// The client, with `user_agent` as in the headers. Texts are borrowed, apart from an unlisted bot's name and iOS's version.
    pub(crate) fn client<'h>(&self, headers: &Headers<'h>) -> Client<'h> {
        NEAR.with_borrow_mut(|near| {
            let slot = &mut near[place(headers)];
            match slot {
                Some((key, entry)) if headers.equivalent(key) => entry.client(headers),
                _ => {
                    let entry = self.shared(headers);
                    let client = entry.client(headers);
                    *slot = Some((Key::new(headers), entry));
                    client
                }
            }
        })
    }

    fn shared(&self, headers: &Headers<'_>) -> Arc<Entry> {
        if let Some(entry) = self.entries.get(headers) {
            return entry;
        }
        let entry = Arc::new(Entry::new(detect(headers), headers));
        self.entries.insert(Key::new(headers), Arc::clone(&entry));
        entry
    }
}

/// Places a thread has for what it saw lately, before it asks the cache that all threads share, whose lock and counts cost more
/// than everything else here. What headers say depends on nothing else, so all caches of a process may share them.
const NEAR_PLACES: usize = 64;

type Seen = Option<(Key, Arc<Entry>)>;

thread_local! {
    static NEAR: RefCell<[Seen; NEAR_PLACES]> = const { RefCell::new([const { None }; NEAR_PLACES]) };
}

/// Agents differ in length and in the version near their end.
fn place(headers: &Headers<'_>) -> usize {
    let agent = headers.user_agent.as_bytes();
    let mixed = agent.iter().rev().take(24).fold(agent.len(), |mixed, &byte| {
        mixed.wrapping_mul(31).wrapping_add(usize::from(byte))
    });
    (mixed ^ headers.sec_ch_ua.len() ^ headers.sec_ch_ua_platform.len()) % NEAR_PLACES
}

impl Entry {
    fn new(detected: Detected<'_>, headers: &Headers<'_>) -> Self {
        Self {
            browser: detected.browser,
            browser_version: Piece::new(detected.browser_version, headers),
            os: detected.os,
            os_version: Piece::new(detected.os_version, headers),
            device_type: detected.device_type,
            platform: detected.platform,
            bot_reason: match detected.bot_reason {
                Cow::Borrowed(reason) => Piece::Static(reason),
                Cow::Owned(reason) => Piece::Made(reason.into()),
            },
        }
    }

    fn client<'h>(&self, headers: &Headers<'h>) -> Client<'h> {
        Client {
            user_agent: Cow::Borrowed(headers.user_agent),
            browser: Cow::Borrowed(self.browser),
            browser_version: self.browser_version.text(headers),
            os: Cow::Borrowed(self.os),
            os_version: self.os_version.text(headers),
            device_type: self.device_type,
            platform: self.platform,
            bot_reason: self.bot_reason.text(headers),
        }
    }
}

impl Piece {
    fn new(text: Cow<'_, str>, headers: &Headers<'_>) -> Self {
        match text {
            Cow::Borrowed("") => Self::Static(""),
            Cow::Borrowed(text) => Self::part(text, headers).unwrap_or_else(|| Self::Made(text.into())),
            Cow::Owned(text) => Self::Made(text.into()),
        }
    }

    fn part(text: &str, headers: &Headers<'_>) -> Option<Self> {
        headers.fields().into_iter().enumerate().find_map(|(header, field)| {
            let start = text.as_ptr().addr().checked_sub(field.as_ptr().addr())?;
            let end = start.checked_add(text.len())?;
            (field.get(start..end)? == text).then_some(Self::Part { header, start, end })
        })
    }

    fn text<'h>(&self, headers: &Headers<'h>) -> Cow<'h, str> {
        match self {
            Self::Static(text) => Cow::Borrowed(text),
            Self::Made(text) => Cow::Owned(text.to_string()),
            // The key is equal, so the place is there.
            Self::Part { header, start, end } => Cow::Borrowed(&headers.fields()[*header][*start..*end]),
        }
    }
}

impl<'h> Headers<'h> {
    fn fields(&self) -> [&'h str; 6] {
        [
            self.user_agent,
            self.sec_ch_ua,
            self.sec_ch_ua_mobile,
            self.sec_ch_ua_platform,
            self.sec_ch_ua_model,
            self.sec_ch_ua_platform_version,
        ]
    }
}

/// Headers that own their texts, in one allocation.
struct Key {
    text: Box<str>,
    ends: [usize; 6],
}

impl Key {
    fn new(headers: &Headers<'_>) -> Self {
        let fields = headers.fields();
        let mut end = 0;
        let ends = fields.map(|field| {
            end += field.len();
            end
        });
        Self {
            text: fields.concat().into(),
            ends,
        }
    }

    fn fields(&self) -> [&str; 6] {
        let mut start = 0;
        self.ends.map(|end| {
            let field = &self.text[start..end];
            start = end;
            field
        })
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fields().hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        are_same(self.fields(), other.fields())
    }
}

impl Eq for Key {}

impl Equivalent<Key> for Headers<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        are_same(self.fields(), key.fields())
    }
}

/// Most hints are absent, and an empty text may lie at an address where nothing is: comparing there with vector code takes the
/// processor longer than all the rest.
fn are_same(one: [&str; 6], other: [&str; 6]) -> bool {
    let mut pairs = one.iter().zip(other);
    pairs.all(|(one, other)| one.len() == other.len() && (one.is_empty() || *one == other))
}

impl Hash for Headers<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fields().hash(state);
    }
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Arc<Entry>> for ByBytes {
    fn weight(&self, key: &Key, _: &Arc<Entry>) -> u64 {
        (ENTRY_BYTES + key.text.len()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_answer_equals_first() {
        let cache = Cache::new();
        let headers = Headers {
            user_agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
            sec_ch_ua: r#""Brave";v="131", "Chromium";v="131""#,
            sec_ch_ua_platform: r#""Windows""#,
            sec_ch_ua_platform_version: r#""15.0.0""#,
            ..Headers::default()
        };
        let first = cache.client(&headers);
        assert_eq!(first, cache.client(&headers));
        assert_eq!(
            (first.browser.as_ref(), first.browser_version.as_ref()),
            ("Brave", "131")
        );
        assert!(matches!(first.browser_version, Cow::Borrowed(_)));
        assert_eq!((first.os.as_ref(), first.os_version.as_ref()), ("Windows", "11"));
    }

    #[test]
    fn headers_do_not_run_together() {
        let cache = Cache::new();
        let one = Headers {
            user_agent: "curl/8",
            ..Headers::default()
        };
        let other = Headers {
            user_agent: "curl",
            sec_ch_ua: "/8",
            ..Headers::default()
        };
        assert_ne!(cache.client(&one).bot_reason, cache.client(&other).bot_reason);
    }

    #[test]
    fn stays_within_its_bytes() {
        let cache = Cache::new();
        let entry = Arc::new(Entry::new(detect(&Headers::default()), &Headers::default()));
        let padding = "x".repeat(900);
        for number in 0..12_000 {
            let agent = format!("Shop/{number} {padding}");
            let headers = Headers {
                user_agent: &agent,
                ..Headers::default()
            };
            cache.entries.insert(Key::new(&headers), Arc::clone(&entry));
        }
        let weight = cache.entries.weight();
        assert!((CACHE_BYTES / 2..=CACHE_BYTES).contains(&weight), "{weight} bytes");
    }
}
