//! The client against a gateway that is not always there.

mod delivery;
mod gateway;
