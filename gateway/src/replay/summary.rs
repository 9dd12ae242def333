use serde::Serialize;
use uuid::Uuid;
use warehouse::QuarantinedRow;

/// Entities that an answer names.
const SENT: usize = 1_000;

/// What a call came to.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    /// Nothing was published or marked: `replayed` is what would be.
    pub(super) dry_run: bool,
    /// Rows.
    pub(super) found: u64,
    pub(super) replayed: u64,
    /// Still wrong; they stay in quarantine as they are.
    pub(super) refused: u64,
    /// Not in a form that can be sent.
    pub(super) skipped: u64,
    /// Events of the replayed rows; a row may hold a whole group or body.
    pub(super) events: u64,
    /// Entities of the replayed rows.
    pub(super) entities: u64,
    /// Which they are; the first [`SENT`].
    pub(super) sent: Vec<Sent>,
    /// By the reason for which they were put aside.
    pub(super) reasons: Vec<PutAside>,
    /// By the reason for which they were refused now.
    pub(super) refused_again: Vec<RefusedAgain>,
    /// `after` of the next call; `null` when there is no more.
    pub(super) next: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct PutAside {
    reason: String,
    found: u64,
    replayed: u64,
    example: Example,
}

#[derive(Debug, Serialize)]
pub(super) struct RefusedAgain {
    reason: String,
    rows: u64,
    example: Example,
}

/// A thing of which a version was sent again.
#[derive(Debug, Serialize)]
pub(super) struct Sent {
    pub(super) stream: &'static str,
    pub(super) site: String,
    pub(super) key: String,
}

#[derive(Debug, Serialize)]
struct Example {
    id: Uuid,
    site: String,
    field: String,
    message: String,
}

/// What became of one row.
pub(super) enum Verdict {
    Replayed {
        events: u64,
    },
    Entities {
        sent: Vec<Sent>,
    },
    Refused {
        reason: String,
        field: String,
        message: String,
    },
    Skipped,
}

impl Summary {
    pub(super) fn new(dry_run: bool) -> Self {
        Self {
            dry_run,
            found: 0,
            replayed: 0,
            refused: 0,
            skipped: 0,
            events: 0,
            entities: 0,
            sent: Vec::new(),
            reasons: Vec::new(),
            refused_again: Vec::new(),
            next: None,
        }
    }

    pub(super) fn count(&mut self, row: &QuarantinedRow, verdict: Verdict) {
        self.found += 1;
        let put_aside = self.put_aside(row);
        put_aside.found += 1;
        match verdict {
            Verdict::Replayed { events } => {
                put_aside.replayed += 1;
                self.replayed += 1;
                self.events += events;
            }
            Verdict::Entities { sent } => {
                put_aside.replayed += 1;
                self.replayed += 1;
                self.entities += sent.len() as u64;
                let room = SENT - self.sent.len();
                self.sent.extend(sent.into_iter().take(room));
            }
            Verdict::Refused { reason, field, message } => {
                self.refused += 1;
                let example = Example {
                    id: row.id,
                    site: row.site.clone(),
                    field,
                    message,
                };
                self.refuse(reason, example);
            }
            Verdict::Skipped => self.skipped += 1,
        }
    }

    fn put_aside(&mut self, row: &QuarantinedRow) -> &mut PutAside {
        let at = self.reasons.iter().position(|one| one.reason == row.reason);
        let at = at.unwrap_or_else(|| {
            self.reasons.push(PutAside {
                reason: row.reason.clone(),
                found: 0,
                replayed: 0,
                example: Example {
                    id: row.id,
                    site: row.site.clone(),
                    field: row.field.clone(),
                    message: row.message.clone(),
                },
            });
            self.reasons.len() - 1
        });
        &mut self.reasons[at]
    }

    fn refuse(&mut self, reason: String, example: Example) {
        match self.refused_again.iter_mut().find(|one| one.reason == reason) {
            Some(one) => one.rows += 1,
            None => self.refused_again.push(RefusedAgain {
                reason,
                rows: 1,
                example,
            }),
        }
    }
}
