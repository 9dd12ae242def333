//! Randomness that is the same everywhere for the same seed.

use event::Timestamp;
use uuid::Uuid;

/// SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>): its sequence is part of what a seed means, so it is written down here.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A sequence of its own for the `number`th thing of a `kind`, whatever else was drawn before.
    pub fn of(seed: u64, kind: u64, number: u64) -> Self {
        let mut root = Self(seed ^ kind.rotate_left(32));
        Self(root.next().wrapping_add(number.wrapping_mul(0xd134_2543_de82_ef95)))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to `bound` − 1, by the product's upper half (Lemire, <https://arxiv.org/abs/1805.10941>); its bias is below bound / 2^64.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// From `from` to `to`, both included.
    pub fn between(&mut self, from: u32, to: u32) -> u32 {
        from + self.below(u64::from(to - from) + 1) as u32
    }

    pub fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < u64::from(chance)
    }

    /// One of a table, as often as its weight says.
    pub fn weighted<'t, T>(&mut self, all: &'t [T], weight: impl Fn(&T) -> u32) -> &'t T {
        let total: u32 = all.iter().map(&weight).sum();
        let mut left = self.below(u64::from(total)) as u32;
        for one in all {
            match left.checked_sub(weight(one)) {
                None => return one,
                Some(rest) => left = rest,
            }
        }
        &all[all.len() - 1]
    }

    /// A UUID of version 7 (RFC 9562, section 5.7) whose random part comes from the seed.
    pub fn uuid(&mut self, moment: Timestamp) -> Uuid {
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

    #[test]
    fn weights_are_kept() {
        let mut random = Random::new(1);
        let table = [("rare", 1), ("never", 0), ("often", 9)];
        let mut often = 0;
        for _ in 0..10_000 {
            match random.weighted(&table, |one| one.1).0 {
                "never" => panic!("weight 0 was drawn"),
                "often" => often += 1,
                _ => {}
            }
        }
        assert!((8_800..9_200).contains(&often), "{often} of 10000");
    }

    #[test]
    fn sequences_of_neighbours_differ() {
        let first = |number| Random::of(42, 1, number).next();
        assert_ne!(first(1), first(2));
        assert_ne!(Random::of(42, 1, 1).next(), Random::of(42, 2, 1).next());
    }
}
