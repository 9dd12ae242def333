//! One file per subcommand.

pub(crate) mod backup;
pub(crate) mod dashboards;
pub(crate) mod entities;
pub(crate) mod erase;
pub(crate) mod export;
pub(crate) mod fernet_key;
pub(crate) mod gateway;
pub(crate) mod generate;
pub(crate) mod import;
pub(crate) mod key;
pub(crate) mod load;
pub(crate) mod migrate;
pub(crate) mod pull;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod reseal;
pub(crate) mod traffic;
pub(crate) mod unseal;
pub(crate) mod up;
pub(crate) mod warehouse;
