//! One file per subcommand.

pub(crate) mod gateway;
//TMP
pub(crate) mod load;
pub(crate) mod migrate;
pub(crate) mod up;
pub(crate) mod warehouse;
