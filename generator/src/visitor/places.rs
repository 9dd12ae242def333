/// A country and a block of its addresses (/16) that one of its access providers holds.
#[derive(Debug)]
pub struct Place {
    /// ISO 3166-1 alpha-2.
    pub country: &'static str,
    pub(crate) block: [u8; 2],
    pub(crate) weight: u32,
}

const fn place(country: &'static str, first: u8, second: u8, weight: u32) -> Place {
    Place {
        country,
        block: [first, second],
        weight,
    }
}

pub(super) static PLACES: [Place; 12] = [
    place("DE", 84, 136, 28),
    place("FR", 90, 16, 12),
    place("GB", 86, 136, 12),
    place("NL", 77, 164, 8),
    place("US", 73, 16, 10),
    place("PL", 83, 16, 6),
    place("RU", 95, 24, 8),
    place("ES", 88, 12, 5),
    place("IT", 79, 16, 5),
    place("SE", 81, 226, 3),
    place("AT", 80, 108, 2),
    place("JP", 126, 16, 1),
];
