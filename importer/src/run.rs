use std::path::Path;

use client::Client;
use event::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::import::{import, names};
use crate::rows::Form;
use crate::{Format, ImportError, Mapping, Settings, dry_run};

/// Rows of all files together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    pub accepted: u64,
    pub refused: u64,
}

/// Imports, or shows, one file after the other; `say` gets the answer line by line, `now` is the time. The first file that
/// fails ends it.
pub async fn run(
    settings: &Settings,
    now: Timestamp,
    shutdown: CancellationToken,
    say: &mut (dyn FnMut(&str) + Send),
) -> Result<Outcome, ImportError> {
    if settings.rejected.is_some() && settings.files.len() > 1 {
        return Err(ImportError::OneRejected);
    }
    let mapping = settings.mapping.as_deref().map(Mapping::read).transpose()?;
    let forms = settings.files.iter().map(|file| form(file, settings, mapping.as_ref()));
    let forms: Vec<Form> = forms.collect::<Result<_, _>>()?;
    let client = Client::new(&settings.client, shutdown.clone())?;
    let mut all = Outcome::default();
    for (number, (file, form)) in settings.files.iter().zip(&forms).enumerate() {
        let outcome = match settings.dry_run {
            Some(rows) => dry_run::show(file, form, (rows, now), say).map_err(|source| ImportError::File {
                path: file.clone(),
                source,
            }),
            None => match import(file, form, settings, &client, &shutdown).await {
                Ok(summary) => {
                    say(&summary.to_string());
                    Ok(Outcome {
                        accepted: summary.tally.accepted,
                        refused: summary.tally.refused_rows(),
                    })
                }
                Err(error) => Err(error),
            },
        };
        let rest = &settings.files[number + 1..];
        let outcome = outcome.inspect_err(|_| {
            if !rest.is_empty() {
                tracing::warn!(files = names(rest), "not begun");
            }
        })?;
        all.accepted += outcome.accepted;
        all.refused += outcome.refused;
    }
    Ok(all)
}

fn form(file: &Path, settings: &Settings, mapping: Option<&Mapping>) -> Result<Form, ImportError> {
    let format = settings.format.or_else(|| Format::of(file));
    Ok(Form {
        format: format.ok_or_else(|| ImportError::UnknownFormat(file.to_owned()))?,
        mapping: mapping.cloned(),
        mapping_name: settings
            .mapping
            .as_ref()
            .map_or(String::new(), |name| name.display().to_string()),
        delimiter: settings.delimiter,
        encoding: settings.encoding,
        strict: settings.strict,
        site: settings.site.clone(),
    })
}
