use bytes::Bytes;

/// Rows of one insert, encoded and compressed; cheap to clone and to send again.
#[derive(Debug, Clone)]
pub struct Block {
    rows: usize,
    bytes: usize,
    frames: Vec<Bytes>,
}

impl Block {
    pub(crate) fn new(rows: usize, bytes: usize, frames: Vec<Bytes>) -> Self {
        Self { rows, bytes, frames }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes of the columns before compression.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// As they are sent.
    pub(crate) fn frames(&self) -> &[Bytes] {
        &self.frames
    }
}
