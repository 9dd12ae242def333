use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::{Column, Encode, LowCardinality, put_text};
use crate::frames::Frames;

/// Distinct texts in the order of their first use, and for each row the position of its text among them.
#[derive(Default)]
pub(crate) struct LowCardinalityColumn {
    hasher: DefaultHashBuilder,
    positions: HashTable<u32>,
    texts: Texts,
    rows: Vec<u32>,
}

#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    ranges: Vec<Range<usize>>,
}

impl Texts {
    fn get(&self, position: u32) -> &[u8] {
        &self.bytes[self.ranges[position as usize].clone()]
    }

    fn add(&mut self, text: &[u8]) -> u32 {
        put_text(&mut self.bytes, text);
        self.ranges.push(self.bytes.len() - text.len()..self.bytes.len());
        (self.ranges.len() - 1) as u32
    }
}

impl Column<LowCardinality<'_>> for LowCardinalityColumn {
    fn push(&mut self, &LowCardinality(text): &LowCardinality<'_>) {
        let text = text.as_bytes();
        let position = match self.rows.last() {
            Some(&last) if self.texts.get(last) == text => last,
            _ => self.position(text),
        };
        self.rows.push(position);
    }
}

impl Encode for LowCardinalityColumn {
    fn bytes(&self) -> usize {
        self.texts.bytes.len() + size_of_val(&*self.rows)
    }

    fn write(&self, native: &mut Frames) {
        const VERSION: u64 = 1;
        const HAS_OWN_TEXTS: u64 = 0x200;
        const UPDATES_DICTIONARY: u64 = 0x400;
        let distinct = self.texts.ranges.len();
        let width = match distinct {
            0..=0x100 => 0,
            0x101..=0x1_0000 => 1,
            _ => 2,
        };
        native.number(VERSION);
        native.number(HAS_OWN_TEXTS | UPDATES_DICTIONARY | width);
        native.number(distinct as u64);
        native.append(&self.texts.bytes);
        native.number(self.rows.len() as u64);
        let rows = self.rows.iter();
        match width {
            0 => native.each(rows.map(|row| (*row as u8).to_le_bytes())),
            1 => native.each(rows.map(|row| (*row as u16).to_le_bytes())),
            _ => native.each(rows.map(|row| row.to_le_bytes())),
        }
    }

    fn clear(&mut self) {
        self.positions.clear();
        self.texts.bytes.clear();
        self.texts.ranges.clear();
        self.rows.clear();
    }
}

impl LowCardinalityColumn {
    fn position(&mut self, text: &[u8]) -> u32 {
        let Self {
            hasher,
            positions,
            texts,
            ..
        } = self;
        let hash = hasher.hash_one(text);
        let same = |position: &u32| texts.get(*position) == text;
        if let Some(position) = positions.find(hash, same) {
            return *position;
        }
        let position = texts.add(text);
        positions.insert_unique(hash, position, |position| hasher.hash_one(texts.get(*position)));
        position
    }
}
