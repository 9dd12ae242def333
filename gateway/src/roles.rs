//! Who may read and administer: keys with scopes, kept as hashes in a file, and the callers that show them.
//!
//! - [`KeyRing`]: the keys file; [`NewKey`]: a key for it
//! - [`Reader`], [`Admin`]: extractors; a handler that takes one is for such callers only; so is [`Scraper`], of metrics
//!
//! The keys of sites, which pages carry and everybody may know, are `sites::keys`.

mod caller;
mod error;
mod new_key;
mod ring;
mod scraper;

pub(crate) use caller::{Admin, Caller, Reader, reads_are_open};
pub(crate) use error::AccessError;
pub use new_key::{KeyNameError, NewKey};
pub(crate) use ring::RingKey;
pub use ring::{KeyRing, KeyRingError, Scope};
pub(crate) use scraper::Scraper;
