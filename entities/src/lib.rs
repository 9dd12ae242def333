//! Stores, products, customers, purchases and users of a chain of shops that does not exist, as JSON files.
//!
//! - [`Settings`] and [`generate`]: the files, the same bytes for the same seed
//! - [`Written`]: how many of each
//! - [`publish`]: the files to a gateway's door for entities

mod catalogue;
mod customer;
mod error;
mod folder;
mod generate;
mod nations;
mod number;
mod phone;
mod product;
mod publish;
mod purchase;
mod settings;
mod store;
mod user;

pub use error::EntitiesError;
pub use generate::{Written, generate};
pub use publish::{Outcome, Refused, publish};
pub use settings::{Publishing, Settings};
