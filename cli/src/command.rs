//! One file per subcommand.

pub(crate) mod entities;
pub(crate) mod gateway;
pub(crate) mod generate;
pub(crate) mod import;
pub(crate) mod load;
pub(crate) mod migrate;
pub(crate) mod pull;
pub(crate) mod replay;
pub(crate) mod up;
pub(crate) mod warehouse;
