//! Errors as ClickHouse answers them: `Code: 60. DB::Exception: … (UNKNOWN_TABLE) (version …)`.

use axum::http::StatusCode;

use crate::engine::ffi;

/// A refused or failed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exception {
    pub(crate) code: u32,
    pub(crate) text: String,
    pub(crate) status: StatusCode,
}

/// A reason of this server, with the code ClickHouse has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    NotImplemented,
    SyntaxError,
    UnknownSetting,
    Readonly,
    TooManyQueries,
    CannotDecompress,
    ChecksumMismatch,
    IncompleteBody,
    SocketTimeout,
    SessionNotFound,
    SessionLocked,
    Cancelled,
    AuthenticationFailed,
    UnknownRole,
    BadArguments,
    NoConnection,
    ResultTooLarge,
}

impl Reason {
    fn code_and_name(self) -> (u32, &'static str) {
        match self {
            Self::NotImplemented => (48, "NOT_IMPLEMENTED"),
            Self::SyntaxError => (62, "SYNTAX_ERROR"),
            Self::UnknownSetting => (115, "UNKNOWN_SETTING"),
            Self::Readonly => (164, "READONLY"),
            Self::TooManyQueries => (202, "TOO_MANY_SIMULTANEOUS_QUERIES"),
            Self::CannotDecompress => (271, "CANNOT_DECOMPRESS"),
            Self::ChecksumMismatch => (40, "CHECKSUM_DOESNT_MATCH"),
            Self::IncompleteBody => (33, "CANNOT_READ_ALL_DATA"),
            Self::SocketTimeout => (209, "SOCKET_TIMEOUT"),
            Self::SessionNotFound => (372, "SESSION_NOT_FOUND"),
            Self::SessionLocked => (373, "SESSION_IS_LOCKED"),
            Self::Cancelled => (394, "QUERY_WAS_CANCELLED"),
            Self::AuthenticationFailed => (516, "AUTHENTICATION_FAILED"),
            Self::UnknownRole => (511, "UNKNOWN_ROLE"),
            Self::BadArguments => (36, "BAD_ARGUMENTS"),
            Self::NoConnection => (1002, "UNKNOWN_EXCEPTION"),
            Self::ResultTooLarge => (396, "TOO_MANY_ROWS_OR_BYTES"),
        }
    }

    pub(crate) fn because(self, message: impl AsRef<str>) -> Exception {
        let (code, name) = self.code_and_name();
        let text = format!("Code: {code}. DB::Exception: {}. ({name})", message.as_ref());
        Exception {
            code,
            text,
            status: status(code),
        }
    }
}

impl Exception {
    /// The text with the version, as clients expect it at its end.
    pub(crate) fn body(&self, version: &str) -> String {
        let text = self.text.trim_end();
        let bare = format!(" (version {version})");
        let text = text.strip_suffix(&bare).unwrap_or(text);
        match text.contains("(version ") {
            true => format!("{text}\n"),
            false => format!("{text} (version {version} (official build))\n"),
        }
    }
}

impl From<ffi::Exception> for Exception {
    fn from(exception: ffi::Exception) -> Self {
        match code(&exception.0) {
            Some(code) => Self {
                code,
                text: exception.0,
                status: status(code),
            },
            None => Reason::NotImplemented.because(exception.0),
        }
    }
}

fn code(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("Code: ")?;
    rest.split_once('.')?.0.parse().ok()
}

/// The status ClickHouse gives a code (its `exceptionCodeToHTTPStatus`).
fn status(code: u32) -> StatusCode {
    match code {
        // Parse and value errors.
        6 | 26 | 27 | 38 | 41 | 53 | 62 | 69 | 72 | 117 | 167 | 168 | 171 | 321 | 427 => StatusCode::BAD_REQUEST,
        36 | 40 | 33 | 70 | 271 | 130 | 131 | 376 | 675 => StatusCode::BAD_REQUEST,
        // Unknown names.
        16 | 46 | 47 | 50 | 56 | 60 | 63 | 73 | 78 | 81 | 82 | 115 | 372 => StatusCode::NOT_FOUND,
        48 => StatusCode::NOT_IMPLEMENTED,
        159 => StatusCode::REQUEST_TIMEOUT,
        202 | 209 => StatusCode::SERVICE_UNAVAILABLE,
        192 | 193 | 497 | 511 | 516 => StatusCode::FORBIDDEN,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
