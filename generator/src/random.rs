use event::Timestamp;
use uuid::Uuid;

/// SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>): its sequence is part of what a seed means, so it is written down here.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to `bound` − 1; `bound` is far below 2^32, so the modulus favours no value noticeably.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub(crate) fn pixel(&mut self, from: i64, size: i64) -> i64 {
        from + (self.next() % size.unsigned_abs().max(1)) as i64
    }

    pub(crate) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn pick<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[self.below(all.len())]
    }

    /// A UUID of version 7 (RFC 9562, section 5.7) whose random part comes from the seed.
    pub(crate) fn uuid(&mut self, moment: Timestamp) -> Uuid {
        let milliseconds = u128::from(moment.0.unsigned_abs() & 0xffff_ffff_ffff);
        let random = (u128::from(self.next()) << 64) | u128::from(self.next());
        let bits = (milliseconds << 80) | (random & !(0xffff_ffff_ffff << 80));
        let version = (bits & !(0xf << 76)) | (7 << 76);
        Uuid::from_u128((version & !(0b11 << 62)) | (0b10 << 62))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_seven_of_their_moment() {
        let moment = Timestamp(1_795_341_600_123);
        let id = Random::new(42).uuid(moment);
        assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
        assert_eq!(id.as_u128() >> 80, 1_795_341_600_123);
    }
}
