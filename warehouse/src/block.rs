use bytes::Bytes;

/// Rows of one insert, encoded; cheap to clone and to send again.
#[derive(Debug, Clone)]
pub struct Block {
    rows: usize,
    chunks: Vec<Bytes>,
}

impl Block {
    pub(crate) fn new(rows: usize, chunks: Vec<Bytes>) -> Self {
        Self { rows, chunks }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes before compression.
    pub fn bytes(&self) -> usize {
        self.chunks.iter().map(Bytes::len).sum()
    }

    pub(crate) fn chunks(&self) -> &[Bytes] {
        &self.chunks
    }
}
