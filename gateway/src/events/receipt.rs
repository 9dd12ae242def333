use event::{Reason, Refusal};
use serde::Serialize;
use uuid::Uuid;

/// What became of each event of a request.
#[derive(Debug)]
pub(crate) struct Receipt {
    /// JSON of the accepted ids, open at its end.
    json: Vec<u8>,
    accepted: usize,
    refused: Vec<Refusal>,
}

const START: &[u8] = br#"{"accepted":["#;
const ID_BYTES: usize = uuid::fmt::Hyphenated::LENGTH + 3;

#[derive(Serialize)]
struct Rejected<'r> {
    index: usize,
    id: Option<&'r str>,
    field: &'static str,
    #[serde(flatten)]
    reason: &'r Reason,
    message: String,
}

impl Receipt {
    pub(super) fn with_capacity(events: usize) -> Self {
        let mut json = Vec::with_capacity(START.len() + events * ID_BYTES + r#"],"rejected":[]}"#.len());
        json.extend_from_slice(START);
        Self {
            json,
            accepted: 0,
            refused: Vec::new(),
        }
    }

    pub(super) fn accept(&mut self, id: Uuid) {
        if self.accepted > 0 {
            self.json.push(b',');
        }
        self.accepted += 1;
        self.json.push(b'"');
        let text = id.hyphenated();
        self.json
            .extend_from_slice(text.encode_lower(&mut Uuid::encode_buffer()).as_bytes());
        self.json.push(b'"');
    }

    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.refused.push(refusal);
    }

    /// Every refusal is for a site that is not configured here.
    pub(super) fn is_all_unknown_site(&self) -> bool {
        self.accepted == 0
            && self
                .refused
                .iter()
                .all(|refusal| matches!(refusal.reason, Reason::UnknownSite { .. }))
    }

    /// Every refusal is for a site that does not take events from this request, or is not configured here.
    pub(super) fn is_all_other_site(&self) -> bool {
        let other_site = |reason| matches!(reason, &Reason::UnknownSite { .. } | &Reason::SiteNotAllowed { .. });
        self.accepted == 0 && self.refused.iter().all(|refusal| other_site(&refusal.reason))
    }

    /// `{"accepted":[id, …],"rejected":[{index, id, field, reason, …, message}, …]}`
    pub(super) fn into_json(mut self) -> Vec<u8> {
        if self.refused.is_empty() {
            self.json.extend_from_slice(br#"],"rejected":[]}"#);
        } else {
            self.json.extend_from_slice(br#"],"rejected":"#);
            self.json.extend_from_slice(&self.rejected_json());
            self.json.push(b'}');
        }
        self.json
    }

    /// The array of refusals.
    pub(super) fn rejected_json(&self) -> Vec<u8> {
        let rejected = self.refused.iter().map(|refusal| Rejected {
            index: refusal.index,
            id: refusal.id.as_deref(),
            field: refusal.field,
            message: message(refusal),
            reason: &refusal.reason,
        });
        let rejected: Vec<_> = rejected.collect();
        serde_json::to_vec(&rejected).expect("texts and numbers always serialize")
    }
}

fn message(refusal: &Refusal) -> String {
    match refusal.field {
        "" => format!("the event {}", refusal.reason),
        field => format!("{field}: {}", refusal.reason),
    }
}
