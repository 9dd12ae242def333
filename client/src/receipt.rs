use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;

use crate::ClientError;

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub accepted: usize,
    pub rejected: Vec<Rejected>,
    /// Attempts that got no answer, before the one that did.
    pub retries: u32,
    /// Of the attempt that was answered.
    pub latency: Duration,
}

/// One event or entity that the gateway did not take.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Rejected {
    /// Position in the batch, from 0.
    pub index: usize,
    /// The event's `id` or the entity's key as it was sent, when it could be read.
    #[serde(default, alias = "key")]
    pub id: Option<String>,
    /// `None` when the thing as a whole is wrong.
    #[serde(default)]
    pub field: Option<String>,
    /// Stable name, as `docs/events.md` lists them.
    pub reason: String,
    pub message: String,
}

#[derive(Deserialize)]
struct Receipt<'r> {
    #[serde(borrow)]
    accepted: Vec<&'r serde_json::value::RawValue>,
    #[serde(default)]
    rejected: Vec<Rejected>,
}

/// Accepted and rejected of an answered batch of `sent`; a gateway that takes none of it answers 422, or 403 with a receipt.
pub(crate) fn read(sent: usize, status: StatusCode, body: &str) -> Result<(usize, Vec<Rejected>), ClientError> {
    if !matches!(status, StatusCode::ACCEPTED | StatusCode::UNPROCESSABLE_ENTITY) {
        return Err(ClientError::Refused {
            status,
            body: body.to_owned(),
        });
    }
    let unaccountable = || ClientError::Receipt {
        sent,
        body: body.to_owned(),
    };
    let receipt = serde_json::from_str::<Receipt<'_>>(body).map_err(|_| unaccountable())?;
    let accepted = receipt.accepted.len();
    let mut rejected = receipt.rejected;
    if accepted + rejected.len() != sent || rejected.iter().any(|one| one.index >= sent) {
        return Err(unaccountable());
    }
    for one in &mut rejected {
        one.field = one.field.take().filter(|field| !field.is_empty());
    }
    Ok((accepted, rejected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_was_rejected() {
        let body = r#"{"accepted":["0197a1c0-0000-7000-8000-000000000001"],"rejected":[
            {"index":1,"id":"42","field":"payload.x","reason":"out_of_range","minimum":0,"message":"payload.x: far"},
            {"index":2,"id":null,"field":"","reason":"too_deep","limit":16,"message":"the event"}]}"#;
        let (accepted, rejected) = read(3, StatusCode::ACCEPTED, body).unwrap();
        assert_eq!(accepted, 1);
        assert_eq!((rejected[0].index, rejected[0].id.as_deref()), (1, Some("42")));
        assert_eq!(rejected[0].field.as_deref(), Some("payload.x"));
        assert_eq!((rejected[1].id.as_deref(), rejected[1].field.as_deref()), (None, None));
    }

    #[test]
    fn receipt_accounts_for_everything() {
        let short = r#"{"accepted":["a"],"rejected":[]}"#;
        for (sent, body) in [(2, short), (0, short), (1, "<html>"), (1, r#"{"error":{}}"#)] {
            let error = read(sent, StatusCode::ACCEPTED, body).unwrap_err();
            assert!(matches!(error, ClientError::Receipt { .. }), "{body}: {error}");
        }
        assert!(read(1, StatusCode::ACCEPTED, short).is_ok());
    }
}
