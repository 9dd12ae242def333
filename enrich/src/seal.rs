//! Personal values of entities: normalised, encrypted in place, and hashed for joins.
//!
//! Every member `phone` or `email`, at any depth, is brought to E.164 or lower case and replaced by a
//! [Fernet](https://github.com/fernet/spec/blob/master/Spec.md) token. All other bytes of the JSON text stay as they are.

mod email;
mod fernet;
mod key;
mod keys;
mod members;
mod phone;

use std::borrow::Cow;
use std::fmt::Write;

use event::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub use email::{EmailError, normalise_email};
use fernet::Fernet;
pub use key::{FernetKey, KeyError};
pub use keys::{FernetKeys, KeysError};
use members::{Kind, Member};
pub use phone::{PhoneError, Region, UnknownRegion, normalise_phone};

/// Personal values in one entity; each becomes at least 100 bytes.
pub const VALUES: usize = 32;

/// Seals with the newest of its keys, opens with any, hashes with the oldest; cheap enough to make, and to share.
pub struct Sealer {
    newest: Fernet,
    older: Vec<Fernet>,
    region: Option<Region>,
    /// Keys of their own, so that no hash is one of another kind.
    email: Hmac<Sha256>,
    phone: Hmac<Sha256>,
    content: Hmac<Sha256>,
}

/// One entity as it may be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The JSON text with its personal values encrypted.
    pub payload: String,
    /// Keyed, of the text with its normalised plain values: the same however often it is encrypted.
    pub digest: [u8; 16],
    /// Of the first e-mail address nearest to the top; empty without one.
    pub email_hash: String,
    /// Of the first phone number nearest to the top; empty without one.
    pub phone_hash: String,
}

/// A personal value that cannot be sealed, or be opened. The value itself is not told.
#[derive(Debug, thiserror::Error)]
#[error("{}{reason}", if field.is_empty() { String::new() } else { format!("{field} ") })]
pub struct SealError {
    /// Where it is, for example `contacts[1].email`; empty for the whole.
    pub field: String,
    pub reason: SealReason,
}

#[derive(Debug, thiserror::Error)]
pub enum SealReason {
    #[error("is not JSON: {0}")]
    Json(#[source] serde_json::Error),
    #[error("is nested deeper than {} levels", event::limits::DEPTH)]
    TooDeep,
    #[error("has more than {VALUES} phone and email values")]
    TooMany,
    #[error("must be a text, an array of texts or null, and is {found}")]
    NotText { found: &'static str },
    #[error(transparent)]
    Phone(#[from] PhoneError),
    #[error(transparent)]
    Email(#[from] EmailError),
    #[error("is encrypted already, and not with the key used here nor an older one")]
    OtherKey,
    #[error("is not encrypted")]
    Plain,
}

impl SealReason {
    /// The stable name in answers, metrics and docs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Json(_) => "invalid_json",
            Self::TooDeep => "too_deep",
            Self::TooMany => "too_many_values",
            Self::NotText { .. } => "not_text",
            Self::Phone(_) => "invalid_phone",
            Self::Email(_) => "invalid_email",
            Self::OtherKey => "other_key",
            Self::Plain => "not_encrypted",
        }
    }
}

impl Sealer {
    /// Phone numbers in national form are taken as `region`'s; without one every number needs its `+` and calling code.
    pub fn new(keys: &FernetKeys, region: Option<Region>) -> Self {
        let hashing = keys.hashing();
        Self {
            newest: Fernet::new(keys.newest()),
            older: keys.older().iter().map(Fernet::new).collect(),
            region,
            email: derived(hashing, "clickpath email hash"),
            phone: derived(hashing, "clickpath phone hash"),
            content: derived(hashing, "clickpath entity digest"),
        }
    }

    /// Seals an entity's JSON text. A token of the newest key stays as it is, one of an older key is made anew.
    pub fn seal(&self, json: &str, now: Timestamp) -> Result<Sealed, SealError> {
        let members = members::find(json)?;
        let mut plains = Vec::with_capacity(members.len());
        for member in &members {
            let plain = self.plain(member).map_err(|reason| member.refused(reason))?;
            plains.push(plain);
        }
        let plain = replaced(json, &members, |index, text| push_json(text, &plains[index].text));
        let payload = replaced(json, &members, |index, text| {
            let Plain { text: plain, token } = &plains[index];
            match token {
                Some(token) => push_json(text, token),
                None => push_json(text, &self.newest.encrypt(plain.as_bytes(), now, fernet::random_iv())),
            }
        });
        let first = |kind| {
            let of_kind = members.iter().zip(&plains).filter(|(member, _)| member.kind == kind);
            of_kind
                .min_by_key(|(member, _)| member.level)
                .map(|(_, plain)| plain.text.as_str())
        };
        Ok(Sealed {
            digest: self.digest(&plain),
            email_hash: first(Kind::Email).map_or_else(String::new, |email| self.hash_email(email)),
            phone_hash: first(Kind::Phone).map_or_else(String::new, |phone| self.hash_phone(phone)),
            payload,
        })
    }

    /// The JSON text with its personal values in plain, as they were normalised.
    pub fn unseal(&self, json: &str) -> Result<String, SealError> {
        let members = members::find(json)?;
        let mut plains = Vec::with_capacity(members.len());
        for member in &members {
            let (plain, _) = self.open(&member.text).map_err(|reason| member.refused(reason))?;
            plains.push(plain);
        }
        Ok(replaced(json, &members, |index, text| push_json(text, &plains[index])))
    }

    /// Keyed hash of a normalised address, 64 hexadecimal digits in lower case.
    pub fn hash_email(&self, normalised: &str) -> String {
        hash(&self.email, normalised)
    }

    /// Keyed hash of a number in E.164, 64 hexadecimal digits in lower case.
    pub fn hash_phone(&self, normalised: &str) -> String {
        hash(&self.phone, normalised)
    }

    fn plain(&self, member: &Member<'_>) -> Result<Plain, SealReason> {
        let token = fernet::is_token(&member.text).then_some(&member.text);
        let (sent, is_newest) = match token {
            Some(token) => {
                let (plain, is_newest) = self.open(token)?;
                (Cow::Owned(plain), is_newest)
            }
            None => (Cow::Borrowed(&*member.text), false),
        };
        let text = match member.kind {
            Kind::Email => normalise_email(&sent)?,
            Kind::Phone => normalise_phone(&sent, self.region)?,
        };
        Ok(Plain {
            token: token
                .filter(|_| is_newest && text == *sent)
                .map(|token| token.to_string()),
            text,
        })
    }

    /// The text, and whether the newest key sealed it.
    fn open(&self, token: &str) -> Result<(String, bool), SealReason> {
        if !fernet::is_token(token) {
            return Err(SealReason::Plain);
        }
        let newest = self.newest.decrypt(token).map(|plain| (plain, true));
        let older = || self.older.iter().find_map(|older| Some((older.decrypt(token)?, false)));
        let (plain, is_newest) = newest.or_else(older).ok_or(SealReason::OtherKey)?;
        // What these keys sealed was text.
        let plain = String::from_utf8(plain).map_err(|_| SealReason::OtherKey)?;
        Ok((plain, is_newest))
    }

    fn digest(&self, plain: &str) -> [u8; 16] {
        let hash: [u8; 32] = tag(&self.content, plain);
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash[..16]);
        digest
    }
}

/// A personal value in normal form, and the token it came in, when that can stay.
struct Plain {
    text: String,
    token: Option<String>,
}

/// HMAC-SHA256 keyed by the HMAC-SHA256 of its purpose under the Fernet key.
fn derived(key: &FernetKey, purpose: &str) -> Hmac<Sha256> {
    keyed(&tag(&keyed(key.bytes()), purpose))
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn tag(key: &Hmac<Sha256>, text: &str) -> [u8; 32] {
    key.clone().chain_update(text).finalize().into_bytes().into()
}

fn hash(key: &Hmac<Sha256>, text: &str) -> String {
    tag(key, text).iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a text takes writes");
        hex
    })
}

/// The text with other values in its members' places, as `value` appends them by the member's index.
fn replaced(json: &str, members: &[Member<'_>], value: impl Fn(usize, &mut String)) -> String {
    let mut text = String::with_capacity(json.len() + members.len() * 128);
    let mut end = 0;
    for (index, member) in members.iter().enumerate() {
        text.push_str(&json[end..member.at.start]);
        value(index, &mut text);
        end = member.at.end;
    }
    text.push_str(&json[end..]);
    text
}

fn push_json(text: &mut String, value: &str) {
    text.push_str(&serde_json::to_string(value).expect("a text always serializes"));
}
