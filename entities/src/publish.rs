use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use client::{Client, Progress, Rejected, Unit};
use event::entity::Stream;
use event::limits;
use serde_json::value::RawValue;

use crate::{EntitiesError, Publishing, folder};

/// What became of the files.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Taken by the gateway, also those in which nothing has changed.
    pub accepted: Vec<(Stream, usize)>,
    pub refused: Vec<Refused>,
    /// Requests that were sent again.
    pub retries: u32,
}

/// An entity that the gateway did not take.
#[derive(Debug)]
pub struct Refused {
    pub file: PathBuf,
    pub because: Rejected,
}

/// Sends every file of the streams. What the gateway refuses is in the outcome; an error ends the sending. All may be sent
/// again: of an entity that has not changed nothing is stored.
pub async fn publish(publishing: &Publishing, client: &Client) -> Result<Outcome, EntitiesError> {
    let streams = match &*publishing.streams {
        [] => &Stream::ALL,
        named => named,
    };
    let mut outcome = Outcome::default();
    for &stream in streams {
        let folder = publishing.data.join(stream.as_str());
        let files = match folder::json_files(&folder) {
            Err(EntitiesError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => Vec::new(),
            files => files?,
        };
        if files.is_empty() {
            return Err(EntitiesError::Empty { path: folder });
        }
        let mut sender = Sender {
            client,
            site: &publishing.site,
            stream,
            batch: Batch::default(),
            accepted: 0,
            outcome: &mut outcome,
            progress: Progress::new(stream.as_str(), Unit::Count, None),
        };
        for file in files {
            sender.file(&file).await?;
        }
        sender.finish().await?;
    }
    Ok(outcome)
}

/// One stream's files, in as few requests as they fit into.
struct Sender<'s> {
    client: &'s Client,
    site: &'s str,
    stream: Stream,
    batch: Batch,
    accepted: usize,
    outcome: &'s mut Outcome,
    progress: Progress,
}

/// Entities of one request, each as its file has it, and where each came from.
#[derive(Default)]
struct Batch {
    body: String,
    files: Vec<PathBuf>,
}

/// Of an array with one element.
const BRACKETS: usize = 2;

impl Sender<'_> {
    async fn file(&mut self, path: &Path) -> Result<(), EntitiesError> {
        let text = std::fs::read_to_string(path).map_err(|source| EntitiesError::Read {
            path: path.to_owned(),
            source,
        })?;
        for entity in entities(&text, path)? {
            let bytes = entity.len() + BRACKETS;
            if bytes > limits::BODY_BYTES {
                return Err(EntitiesError::TooLarge {
                    path: path.to_owned(),
                    bytes,
                    limit: limits::BODY_BYTES,
                });
            }
            if self.batch.files.len() == limits::EVENTS || self.batch.body.len() + bytes > limits::BODY_BYTES {
                self.send().await?;
            }
            self.batch.add(entity, path);
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<(), EntitiesError> {
        if !self.batch.files.is_empty() {
            self.send().await?;
        }
        self.progress.finish();
        self.outcome.accepted.push((self.stream, self.accepted));
        Ok(())
    }

    async fn send(&mut self) -> Result<(), EntitiesError> {
        let Batch { mut body, files } = std::mem::take(&mut self.batch);
        body.push(']');
        let sending = self.client.send_entities(self.site, self.stream, files.len(), body);
        let sent = sending.await.map_err(|source| EntitiesError::Send {
            stream: self.stream,
            source,
        })?;
        self.progress.add(files.len() as u64);
        self.accepted += sent.accepted;
        self.outcome.retries += sent.retries;
        let refused = sent.rejected.into_iter().map(|because| Refused {
            file: files[because.index].clone(),
            because,
        });
        self.outcome.refused.extend(refused);
        Ok(())
    }
}

impl Batch {
    fn add(&mut self, entity: &str, file: &Path) {
        self.body.push(if self.files.is_empty() { '[' } else { ',' });
        self.body.push_str(entity);
        self.files.push(file.to_owned());
    }
}

/// The file's entities, byte for byte: it is one, or an array of them.
fn entities<'t>(text: &'t str, path: &Path) -> Result<Vec<&'t str>, EntitiesError> {
    let parsed = match text.trim_start().starts_with('[') {
        true => serde_json::from_str::<Vec<&RawValue>>(text),
        false => serde_json::from_str::<&RawValue>(text).map(|one| vec![one]),
    };
    let entities = parsed.map_err(|source| EntitiesError::Json {
        path: path.to_owned(),
        source,
    })?;
    Ok(entities.into_iter().map(RawValue::get).collect())
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Refused { file, because } in &self.refused {
            let field = because.field.as_deref().unwrap_or("the entity");
            writeln!(
                formatter,
                "{}: {field}: {}: {}",
                file.display(),
                because.reason,
                because.message
            )?;
        }
        for (place, (stream, count)) in self.accepted.iter().enumerate() {
            let separator = if place == 0 { "" } else { ", " };
            write!(formatter, "{separator}{count} {stream}")?;
        }
        let (refused, retries) = (self.refused.len(), self.retries);
        write!(formatter, " accepted; {refused} refused, {retries} requests repeated")
    }
}
