//! What may leave the page: addresses without what nobody asked for, texts without what tells who somebody is.

pub(crate) mod address;
mod phone;
pub(crate) mod scrub;
mod seen;

#[cfg(test)]
mod tests;
