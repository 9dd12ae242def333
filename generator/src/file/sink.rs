use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::place::Place;

/// A place, and whether what goes there is compressed: a name that ends in `.gz` says so.
pub(super) enum Sink {
    Plain(Place),
    Gzip(Box<GzEncoder<Place>>),
}

impl Sink {
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        let place = Place::open(path)?;
        Ok(match is_gzip(path) {
            true => Self::Gzip(Box::new(GzEncoder::new(place, Compression::best()))),
            false => Self::Plain(place),
        })
    }

    /// Writes the end of what is compressed.
    pub(super) fn finish(self) -> std::io::Result<Place> {
        match self {
            Self::Plain(place) => Ok(place),
            Self::Gzip(encoder) => encoder.finish(),
        }
    }
}

pub(super) fn is_gzip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gz")
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(place) => place.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Plain(place) => place.flush(),
            Self::Gzip(encoder) => encoder.flush(),
        }
    }
}
