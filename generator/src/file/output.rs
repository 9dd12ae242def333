use std::io::Write;

use super::place::Place;
use super::sink::Sink;
use crate::write::{Format, csv, json, parquet};
use crate::{Occurrence, Settings};

/// Text that is gathered before it is written.
const CHUNK_BYTES: usize = 256 * 1_024;

/// A place with the form in which events are written there.
pub(super) enum Output {
    Csv(csv::Writer, Text),
    Jsonl(json::Writer, Text),
    Parquet(Box<parquet::Writer<Place>>),
}

/// Gathered text and where it goes.
pub(super) struct Text {
    text: String,
    sink: Sink,
}

impl Output {
    pub(super) fn open(format: Format, settings: &Settings) -> std::io::Result<Self> {
        Ok(match format {
            Format::Csv => {
                let mut text = Text::open(settings)?;
                let writer = csv::Writer::new(!settings.omit_ids);
                text.text.push_str(writer.header());
                text.text.push('\n');
                Self::Csv(writer, text)
            }
            Format::Jsonl => Self::Jsonl(json::Writer::default(), Text::open(settings)?),
            Format::Parquet => Self::Parquet(Box::new(parquet::Writer::new(Place::open(&settings.output)?)?)),
        })
    }

    pub(super) fn event(&mut self, occurrence: &Occurrence) -> std::io::Result<()> {
        match self {
            Self::Csv(writer, text) => {
                writer.row(occurrence, &mut text.text);
                text.write(CHUNK_BYTES)
            }
            Self::Jsonl(writer, text) => {
                writer.line(occurrence, &mut text.text);
                text.write(CHUNK_BYTES)
            }
            Self::Parquet(writer) => writer.row(occurrence),
        }
    }

    /// Shows all there is so far; Parquet's rows show at its end.
    pub(super) fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Csv(_, text) | Self::Jsonl(_, text) => {
                text.write(0)?;
                text.sink.flush()
            }
            Self::Parquet(_) => Ok(()),
        }
    }

    pub(super) fn finish(self) -> std::io::Result<Place> {
        match self {
            Self::Csv(_, mut text) | Self::Jsonl(_, mut text) => {
                text.write(0)?;
                text.sink.finish()
            }
            Self::Parquet(writer) => writer.finish(),
        }
    }
}

impl Text {
    fn open(settings: &Settings) -> std::io::Result<Self> {
        Ok(Self {
            text: String::with_capacity(CHUNK_BYTES + 4_096),
            sink: Sink::open(&settings.output)?,
        })
    }

    /// Writes what was gathered if it is as long as `least_bytes`.
    fn write(&mut self, least_bytes: usize) -> std::io::Result<()> {
        if self.text.len() >= least_bytes {
            self.sink.write_all(self.text.as_bytes())?;
            self.text.clear();
        }
        Ok(())
    }
}
