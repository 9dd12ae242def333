//! Seeded choices: the same seed breaks the same parts in the same order.

use std::ops::Range;
use std::time::Duration;

use uuid::Uuid;

/// SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A stream of its own, so that one task's choices do not depend on another's pace.
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to `bound` − 1.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub fn within(&mut self, range: Range<i64>) -> i64 {
        range.start + (self.next() % range.start.abs_diff(range.end).max(1)) as i64
    }

    pub fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub fn pick<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[self.below(all.len())]
    }

    pub fn pause(&mut self, milliseconds: Range<i64>) -> Duration {
        Duration::from_millis(self.within(milliseconds).unsigned_abs())
    }

    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(last, self.below(last + 1));
        }
    }

    /// A UUID of version 7 (RFC 9562, section 5.7) of that moment.
    pub fn uuid(&mut self, moment_ms: i64) -> Uuid {
        let milliseconds = u128::from(moment_ms.unsigned_abs() & 0xffff_ffff_ffff);
        let random = (u128::from(self.next()) << 64) | u128::from(self.next());
        let bits = (milliseconds << 80) | (random & !(0xffff_ffff_ffff << 80));
        let version = (bits & !(0xf << 76)) | (7 << 76);
        Uuid::from_u128((version & !(0b11 << 62)) | (0b10 << 62))
    }
}
