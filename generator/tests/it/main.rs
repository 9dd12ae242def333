//! The generator's events against the contract, and its manners against a gateway that is not always there.

mod manners;
mod traffic;
