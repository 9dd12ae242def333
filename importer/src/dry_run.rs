//! The first rows as events, with what the contract says of each.

use std::path::Path;

use event::Timestamp;
use event::decode::{self, Context, Site};
use uuid::Uuid;

use crate::Outcome;
use crate::error::FileError;
use crate::rows::{Form, Rows};
use crate::summary::{nothing_in, plural};

/// Shows up to `most` rows, each with a line of text.
pub(crate) fn show(
    path: &Path,
    form: &Form,
    (most, now): (u64, Timestamp),
    say: &mut dyn FnMut(&str),
) -> Result<Outcome, FileError> {
    let mut rows = Rows::open(path, form)?;
    let (columns, between) = (rows.columns().join(", "), rows.delimiter);
    match between {
        Some(delimiter) => say(&format!("{}: {delimiter} between columns: {columns}", path.display())),
        None => say(&format!("{}: JSON lines", path.display())),
    }
    let (mut outcome, mut skipped, mut json) = (Outcome::default(), 0, String::new());
    while outcome.accepted + outcome.refused + skipped < most {
        json.clear();
        let Some(row) = rows.read(&mut json)? else { break };
        let line = row.line;
        match row.written {
            Ok(false) => {
                skipped += 1;
                say(&format!("line {line}: left out by the mapping"));
                continue;
            }
            Ok(true) => say(&format!("line {line}: {json}")),
            Err(_) => {}
        }
        let verdict = row.written.map_err(|refusal| refusal.to_string());
        match verdict.and_then(|_| judge(&json, form, now)) {
            Ok(()) => outcome.accepted += 1,
            Err(why) => {
                outcome.refused += 1;
                say(&format!("line {line}: would be refused: {why}"));
            }
        }
    }
    let Outcome { accepted, refused } = outcome;
    if accepted + refused + skipped == 0 {
        say(&nothing_in(path, rows.has_header(form)));
        return Ok(outcome);
    }
    let shown = plural(accepted + refused + skipped, "row");
    say(&format!(
        "{shown} shown: {accepted} would be accepted, {refused} refused, {skipped} left out; nothing was sent"
    ));
    Ok(outcome)
}

/// As the gateway will, but for what only it knows: the site's address, age and keys.
fn judge(event: &str, form: &Form, now: Timestamp) -> Result<(), String> {
    let mut context = Context {
        received_at: now,
        default_site: Some(&form.site),
        site: &|_| {
            Some(Site {
                name: &form.site,
                base_url: "http://site.invalid/",
                max_age_ms: None,
                barrier: None,
            })
        },
        trusted: true,
        new_id: &mut Uuid::max,
    };
    let verdicts = decode::decode(event.as_bytes(), &mut context).map_err(|error| error.to_string())?;
    match verdicts.into_iter().find_map(Result::err) {
        None => Ok(()),
        Some(refusal) => Err(format!("{}: {}", refusal.field, refusal.reason)),
    }
}
