use clickhouse::error::Error;

/// The database refused, or did not answer.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    /// An exception of the server, by its code (`src/Common/ErrorCodes.cpp` of ClickHouse).
    #[error("clickhouse: {message}")]
    Exception { code: i32, message: String },
    /// Nobody answered, or the connection broke.
    #[error("clickhouse is away")]
    Network(#[source] Error),
    #[error("clickhouse did not answer in time")]
    Timeout,
    /// Client and server do not understand each other: a proxy in between, a wrong address, a defect here.
    #[error("clickhouse: unexpected answer")]
    Protocol(#[source] Error),
    #[error("answer of clickhouse cannot be read")]
    Answer(#[source] serde_json::Error),
}

/// What to do about a [`WarehouseError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The database is away, busy, full or set up wrongly: the same statement can succeed later.
    Database,
    /// The rows are at fault: the same statement fails again.
    Data,
}

impl WarehouseError {
    /// By exception code, never by text. A code that is not known to blame the rows blames the database: then events
    /// wait, where everybody sees them, and none is put aside by mistake.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Exception { code, .. } if DATA_CODES.contains(code) => Fault::Data,
            Self::Exception { .. } | Self::Network(_) | Self::Timeout | Self::Protocol(_) | Self::Answer(_) => {
                Fault::Database
            }
        }
    }

    /// The server's exception code, when it sent one.
    pub fn code(&self) -> Option<i32> {
        match self {
            Self::Exception { code, .. } => Some(*code),
            _ => None,
        }
    }
}

/// Exceptions that speak of the given values. Not 33, CANNOT_READ_ALL_DATA: blocks are encoded here, so it tells of a body that
/// was cut on its way, and of no value.
pub(crate) const DATA_CODES: [i32; 19] = [
    6,   // CANNOT_PARSE_TEXT
    26,  // CANNOT_PARSE_QUOTED_STRING
    27,  // CANNOT_PARSE_INPUT_ASSERTION_FAILED
    38,  // CANNOT_PARSE_DATE
    41,  // CANNOT_PARSE_DATETIME
    53,  // TYPE_MISMATCH
    69,  // ARGUMENT_OUT_OF_BOUND
    70,  // CANNOT_CONVERT_TYPE
    72,  // CANNOT_PARSE_NUMBER
    117, // INCORRECT_DATA
    131, // TOO_LARGE_STRING_SIZE
    190, // SIZES_OF_ARRAYS_DONT_MATCH
    321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
    349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
    376, // CANNOT_PARSE_UUID
    407, // DECIMAL_OVERFLOW
    441, // CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING
    469, // VIOLATED_CONSTRAINT
    691, // UNKNOWN_ELEMENT_OF_ENUM
];

impl From<Error> for WarehouseError {
    fn from(error: Error) -> Self {
        match error {
            Error::Network(_) => Self::Network(error),
            Error::TimedOut => Self::Timeout,
            Error::BadResponse(message) => match exception_code(&message) {
                Some(code) => Self::Exception { code, message },
                None => Self::Protocol(Error::BadResponse(message)),
            },
            error => Self::Protocol(error),
        }
    }
}

/// Every exception text of ClickHouse starts with `Code: <number>.`; the client crate hands out no more than the text.
fn exception_code(message: &str) -> Option<i32> {
    let digits = message.strip_prefix("Code: ")?;
    let end = digits
        .find(|digit: char| !digit.is_ascii_digit())
        .unwrap_or(digits.len());
    digits[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, expect: (Option<i32>, Fault)) {
        let error = WarehouseError::from(Error::BadResponse(message.to_owned()));
        assert_eq!((error.code(), error.fault()), expect, "{message}");
    }

    #[test]
    fn judges_by_exception_code() {
        check("Code: 469. DB::Exception: timeout", (Some(469), Fault::Data));
        check("Code: 252. DB::Exception: Too many parts", (Some(252), Fault::Database));
        check("Code: 241. DB::Exception: cannot parse", (Some(241), Fault::Database));
        check(
            "Code: 33. DB::Exception: Cannot read all data",
            (Some(33), Fault::Database),
        );
        check("Code: 60", (Some(60), Fault::Database));
        check("502 Bad Gateway", (None, Fault::Database));
        check("<html>Code: 469.</html>", (None, Fault::Database));
    }
}
