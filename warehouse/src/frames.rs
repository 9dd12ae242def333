//! The bytes of an insert in ClickHouse's compressed frames
//! (<https://clickhouse.com/docs/reference/interfaces/specs/NativeFormat#frame-format>): checksum, method, both lengths, an LZ4
//! block. The client crate makes them too, but zeroes a new buffer for the worst case of each, however long it is.

use bytes::Bytes;
use lz4_flex::block::{compress_into, get_maximum_output_size};

use crate::column::{put_length, put_text};

/// A frame's bytes before compression: they and their compressed form stay in the processor's cache.
const FRAME_BYTES: usize = 128 * 1024;
const CHECKSUM_BYTES: usize = 16;
const HEAD_BYTES: usize = 9;
const LZ4: u8 = 0x82;

/// Collects bytes and compresses each frame as soon as it is full.
pub(crate) struct Frames {
    open: Vec<u8>,
    /// Room for the largest frame.
    frame: Vec<u8>,
    done: Vec<Bytes>,
}

impl Default for Frames {
    fn default() -> Self {
        Self {
            open: Vec::with_capacity(FRAME_BYTES),
            frame: vec![0; CHECKSUM_BYTES + HEAD_BYTES + get_maximum_output_size(FRAME_BYTES)],
            done: Vec::new(),
        }
    }
}

impl Frames {
    pub(crate) fn append(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            // Long columns go without a copy.
            if self.open.is_empty()
                && let Some((full, rest)) = bytes.split_at_checked(FRAME_BYTES)
            {
                self.compress(full);
                bytes = rest;
                continue;
            }
            let (fits, rest) = bytes.split_at(bytes.len().min(FRAME_BYTES - self.open.len()));
            self.open.extend_from_slice(fits);
            bytes = rest;
            if self.open.len() == FRAME_BYTES {
                self.cut();
            }
        }
    }

    /// [`Frames::append`] piece by piece.
    pub(crate) fn each<const N: usize>(&mut self, pieces: impl Iterator<Item = [u8; N]>) {
        for piece in pieces {
            if self.open.len() + N > FRAME_BYTES {
                self.cut();
            }
            self.open.extend_from_slice(&piece);
        }
    }

    pub(crate) fn text(&mut self, text: &str) {
        let mut bytes = Vec::new();
        put_text(&mut bytes, text.as_bytes());
        self.append(&bytes);
    }

    pub(crate) fn length(&mut self, length: usize) {
        let mut bytes = Vec::new();
        put_length(&mut bytes, length);
        self.append(&bytes);
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.append(&number.to_le_bytes());
    }

    pub(crate) fn finish(mut self) -> Vec<Bytes> {
        self.cut();
        self.done
    }

    fn cut(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let mut open = std::mem::take(&mut self.open);
        self.compress(&open);
        open.clear();
        self.open = open;
    }

    fn compress(&mut self, bytes: &[u8]) {
        let (checksum, rest) = self.frame.split_at_mut(CHECKSUM_BYTES);
        let (head, block) = rest.split_at_mut(HEAD_BYTES);
        let length = compress_into(bytes, block).expect("there is room for the largest frame");
        head[0] = LZ4;
        head[1..5].copy_from_slice(&((HEAD_BYTES + length) as u32).to_le_bytes());
        head[5..].copy_from_slice(&(bytes.len() as u32).to_le_bytes());
        let hash = cityhash_rs::cityhash_102_128(&rest[..HEAD_BYTES + length]);
        checksum.copy_from_slice(&hash.rotate_right(64).to_le_bytes());
        let frame = &self.frame[..CHECKSUM_BYTES + HEAD_BYTES + length];
        self.done.push(Bytes::copy_from_slice(frame));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(frames: &[Bytes]) -> Vec<u8> {
        let open = |frame: &Bytes| {
            let head = &frame[CHECKSUM_BYTES..][..HEAD_BYTES];
            let [compressed, length] =
                [1, 5].map(|at| u32::from_le_bytes(head[at..at + 4].try_into().unwrap()) as usize);
            assert_eq!(compressed, frame.len() - CHECKSUM_BYTES);
            assert!(length <= FRAME_BYTES);
            lz4_flex::block::decompress(&frame[CHECKSUM_BYTES + HEAD_BYTES..], length).unwrap()
        };
        frames.iter().flat_map(open).collect()
    }

    #[test]
    fn keeps_every_byte_across_frames() {
        let long: Vec<u8> = (0..3 * FRAME_BYTES + 7).map(|at| ((at * at) >> 7) as u8).collect();
        let mut frames = Frames::default();
        let mut expect = Vec::new();
        for length in [3, FRAME_BYTES - 3, 5, FRAME_BYTES + 1, long.len(), 0, 2 * FRAME_BYTES] {
            frames.append(&long[..length]);
            expect.extend_from_slice(&long[..length]);
            frames.each((0..40_000u32).map(u32::to_le_bytes));
            (0..40_000u32).for_each(|number| expect.extend_from_slice(&number.to_le_bytes()));
        }
        assert!(opened(&frames.finish()) == expect);
    }
}
