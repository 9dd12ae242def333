//! Things that are no events: stores, products, customers, purchases, users. One message is one or more versions of things of
//! one [`Stream`], in the same container as [`crate::group`].

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
pub use crate::container::GroupError;
use crate::container::{self, Entries};

/// Version of [`Entity`]; the second bit keeps such a message from being read as events or as quarantine.
pub const VERSION: u8 = 0x40 | 1;

/// One version of one thing; `site`, `stream` and `key` name the thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity<'a> {
    #[serde(borrow)]
    pub site: Cow<'a, str>,
    pub stream: Stream,
    /// The sender's id of the thing, a number as its digits.
    #[serde(borrow)]
    pub key: Cow<'a, str>,
    /// The later wins: `updated_at` of the sender, else [`Entity::received_at`].
    pub version: Timestamp,
    /// Keyed, of the content before phone and email were sealed: equal when nothing changed.
    pub digest: [u8; 16],
    /// Keyed, lower hexadecimal; empty without an email address.
    #[serde(borrow)]
    pub email_hash: Cow<'a, str>,
    /// Keyed, lower hexadecimal; empty without a phone number.
    #[serde(borrow)]
    pub phone_hash: Cow<'a, str>,
    pub received_at: Timestamp,
    /// The JSON text as sent, phone and email sealed in place.
    #[serde(borrow)]
    pub payload: Cow<'a, str>,
}

/// What kind of thing; programs can take one kind alone from the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    Stores,
    Products,
    Customers,
    Purchases,
    Users,
}

/// The name is none of [`Stream::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected one of stores, products, customers, purchases, users")]
pub struct NotStream;

impl Stream {
    pub const ALL: [Self; 5] = [
        Self::Stores,
        Self::Products,
        Self::Customers,
        Self::Purchases,
        Self::Users,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stores => "stores",
            Self::Products => "products",
            Self::Customers => "customers",
            Self::Purchases => "purchases",
            Self::Users => "users",
        }
    }

    /// The stream of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.as_str() == name)
    }
}

impl FromStr for Stream {
    type Err = NotStream;

    fn from_str(name: &str) -> Result<Self, NotStream> {
        Self::parse(name).ok_or(NotStream)
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Appends one entity; [`seal`] takes any number of them, of one stream, in one buffer.
pub fn append(entity: &Entity<'_>, buffer: &mut Vec<u8>) -> Result<(), GroupError> {
    container::append(entity, buffer)
}

/// Makes a message of appended entities, compressed when that pays.
pub fn seal(entities: &[u8]) -> Vec<u8> {
    container::seal(VERSION, entities)
}

/// A message taken apart; the entities borrow from it.
pub struct Opened {
    entities: Vec<u8>,
}

/// Takes a message apart. The entities are decoded by [`Opened::entities`].
pub fn open(message: &[u8]) -> Result<Opened, GroupError> {
    let entities = container::open(VERSION, message)?;
    Ok(Opened { entities })
}

impl Opened {
    /// The entities in the order they were appended. After the first error nothing follows.
    pub fn entities(&self) -> impl Iterator<Item = Result<Entity<'_>, GroupError>> {
        Entries::of(&self.entities)
    }
}

/// The one stream of the message's entities; an error also for a message without entities or with several streams.
pub fn stream_of(message: &[u8]) -> Result<Stream, StreamError> {
    let opened = open(message)?;
    let mut found = None;
    for entity in opened.entities() {
        let stream = entity?.stream;
        match found.replace(stream) {
            Some(other) if other != stream => return Err(StreamError::Mixed(other, stream)),
            _ => {}
        }
    }
    found.ok_or(StreamError::Empty)
}

/// Why a message has no stream.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    #[error(transparent)]
    Group(#[from] GroupError),
    #[error("message has no entities")]
    Empty,
    #[error("message has {0} and {1}, and one stream only may be in it")]
    Mixed(Stream, Stream),
}
