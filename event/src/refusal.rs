use serde::Serialize;

/// Why one event of a request was refused: which one, which field, what was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Position in the request's array, from 0.
    pub index: usize,
    /// The event's `id` as text, when it could be read.
    pub id: Option<String>,
    /// Wire name with its path, for example `payload.x`; empty when the event as a whole is wrong.
    pub field: &'static str,
    pub reason: Reason,
}

/// One variant per cause, so that callers can count, answer and document them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    #[error("is required")]
    Missing,
    #[error("expected {expected}, found {found}")]
    WrongType {
        expected: &'static str,
        found: &'static str,
    },
    #[error("expected {expected}, found {found:?}")]
    Malformed { expected: &'static str, found: String },
    #[error("{found_bytes} bytes exceed the limit of {limit_bytes}")]
    TooLong { limit_bytes: usize, found_bytes: usize },
    #[error("{found} is outside {minimum} to {maximum}")]
    OutOfRange { minimum: i64, maximum: i64, found: String },
    #[error("nested deeper than {limit} levels")]
    TooDeep { limit: usize },
    #[error("appears twice")]
    DuplicateField,
    #[error("unknown field {found:?}")]
    UnknownField { found: String },
    #[error("has the same id as event {first_index} of this request")]
    DuplicateId { first_index: usize },
    #[error("{found} lies more than a day ahead of the server's clock")]
    Future { found: String },
    #[error("{found} is older than this site accepts")]
    TooOld { found: String },
    #[error("no site named {found:?} is configured here")]
    UnknownSite { found: String },
    #[error("site {found:?} does not take it: {wants}")]
    SiteNotAllowed { found: String, wants: Barrier },
}

/// What a site asks of a request and the request does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Barrier {
    #[error("the page's origin is not among its origins")]
    Origin,
    #[error("the request has no key of it")]
    Key,
}

impl Reason {
    /// The stable name that receipts, metrics and docs use.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::WrongType { .. } => "wrong_type",
            Self::Malformed { .. } => "malformed",
            Self::TooLong { .. } => "too_long",
            Self::OutOfRange { .. } => "out_of_range",
            Self::TooDeep { .. } => "too_deep",
            Self::DuplicateField => "duplicate_field",
            Self::UnknownField { .. } => "unknown_field",
            Self::DuplicateId { .. } => "duplicate_id",
            Self::Future { .. } => "future",
            Self::TooOld { .. } => "too_old",
            Self::UnknownSite { .. } => "unknown_site",
            Self::SiteNotAllowed { .. } => "site_not_allowed",
        }
    }
}
