use serde::Serialize;

use super::Refusal;

/// What became of each entity of a request.
#[derive(Debug, Default)]
pub(super) struct Receipt {
    accepted: Vec<String>,
    refused: Vec<(usize, Refusal)>,
}

#[derive(Serialize)]
struct Json<'r> {
    accepted: &'r [String],
    rejected: Vec<Rejected<'r>>,
}

#[derive(Serialize)]
pub(super) struct Rejected<'r> {
    index: usize,
    /// The key.
    id: Option<&'r str>,
    field: &'r str,
    reason: &'static str,
    message: String,
}

impl Receipt {
    pub(super) fn accept(&mut self, key: &str) {
        self.accepted.push(key.to_owned());
    }

    pub(super) fn refuse(&mut self, index: usize, refusal: Refusal) {
        self.refused.push((index, refusal));
    }

    pub(super) fn accepted(&self) -> usize {
        self.accepted.len()
    }

    pub(super) fn refused(&self) -> impl Iterator<Item = &Refusal> {
        self.refused.iter().map(|(_, refusal)| refusal)
    }

    /// `{"accepted":[key, …],"rejected":[{index, id, field, reason, message}, …]}`
    pub(super) fn into_json(self) -> Vec<u8> {
        let json = Json {
            accepted: &self.accepted,
            rejected: self.rejected(),
        };
        serde_json::to_vec(&json).expect("texts and numbers always serialize")
    }

    pub(super) fn rejected(&self) -> Vec<Rejected<'_>> {
        let rejected = self.refused.iter().map(|(index, refusal)| Rejected {
            index: *index,
            id: refusal.key.as_deref(),
            field: &refusal.field,
            reason: refusal.reason.code(),
            message: match &*refusal.field {
                "" => format!("the entity {}", refusal.reason),
                field => format!("{field}: {}", refusal.reason),
            },
        });
        rejected.collect()
    }
}
