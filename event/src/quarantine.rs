//! What could not become a row, with its bytes and the reason, on its way to table `quarantine`: one message is one or more
//! [`Record`]s, in the same container as [`crate::group`].

use std::borrow::Cow;
use std::net::IpAddr;

use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

use crate::container::{self, Entries};
use crate::group::GroupError;
use crate::{Source, Timestamp};

/// Version of [`Record`]; the high bit keeps such a message from being read as events.
pub const VERSION: u8 = 0x80 | 1;

/// One refused event, group or message. An empty text is "unknown".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record<'a> {
    /// Of the event when it could be read, else made for the record; the event gets it when it is replayed.
    pub id: Uuid,
    #[serde(borrow)]
    pub site: Cow<'a, str>,
    /// [`crate::Reason::code`], or `database`, `codec`, `delivery_limit`, `unreadable`.
    #[serde(borrow)]
    pub reason: Cow<'a, str>,
    /// Exception code of the database, 0 without one.
    pub code: i32,
    /// Wire name of the field at fault; empty when the whole is.
    #[serde(borrow)]
    pub field: Cow<'a, str>,
    /// The reason for people.
    #[serde(borrow)]
    pub message: Cow<'a, str>,
    /// Which door it came through.
    pub source: Source,
    pub received_at: Timestamp,
    /// The group it travelled in; nil without one.
    pub group_id: Uuid,
    pub form: Form,
    /// A receipt was given for it: it counts as accepted.
    pub accepted: bool,
    /// The sender's, as it is needed to enrich the event again.
    #[serde(borrow)]
    pub user_agent: Cow<'a, str>,
    /// The sender's, as the operator keeps addresses.
    pub ip: Option<IpAddr>,
    /// What came, in [`Record::form`].
    #[serde(borrow, serialize_with = "as_bytes")]
    pub bytes: Cow<'a, [u8]>,
}

/// What the bytes of a [`Record`] are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Form {
    /// One event's JSON text, as sent.
    Json,
    /// A sealed group of one event.
    Event,
    /// A sealed group.
    Group,
    /// Anything else, as it came.
    Message,
}

impl Form {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Event => "event",
            Self::Group => "group",
            Self::Message => "message",
        }
    }

    /// The form of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Json, Self::Event, Self::Group, Self::Message]
            .into_iter()
            .find(|form| form.as_str() == name)
    }
}

/// Postcard copies bytes at once, and a sequence of `u8`, of the same form, one by one.
fn as_bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

/// Appends one record; [`seal`] takes any number of them in one buffer.
pub fn append(record: &Record<'_>, buffer: &mut Vec<u8>) -> Result<(), GroupError> {
    container::append(record, buffer)
}

/// Makes a message of appended records, compressed when that pays.
pub fn seal(records: &[u8]) -> Vec<u8> {
    container::seal(VERSION, records)
}

/// A message taken apart; the records borrow from it.
pub struct Opened {
    records: Vec<u8>,
}

/// Takes a message apart. The records are decoded by [`Opened::records`].
pub fn open(message: &[u8]) -> Result<Opened, GroupError> {
    let records = container::open(VERSION, message)?;
    Ok(Opened { records })
}

impl Opened {
    /// The records in the order they were appended. After the first error nothing follows.
    pub fn records(&self) -> impl Iterator<Item = Result<Record<'_>, GroupError>> {
        Entries::of(&self.records)
    }
}
