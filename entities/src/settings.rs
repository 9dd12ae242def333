use std::path::PathBuf;

use event::entity::Stream;

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Folder with the folders stores, products, customers, purchases and users. Their *.json are removed first.
    #[arg(long, env = "CLICKPATH_DATA_DIR", default_value = "data")]
    pub data: PathBuf,
    /// The same seed gives the same bytes, and users of `clickpath generate` with this seed.
    #[arg(long, env = "SEED", default_value = "42")]
    pub seed: u64,
    /// People of `clickpath generate` in users, from its first; 200,000 events have about 4,700.
    #[arg(long, env = "CLICKPATH_ENTITIES_USERS", default_value = "10000")]
    pub users: u64,
}

/// What is sent.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Publishing {
    /// Folder with a folder of *.json for each stream.
    #[arg(long, env = "CLICKPATH_DATA_DIR", default_value = "data")]
    pub data: PathBuf,
    /// Site that the entities belong to.
    #[arg(long, env = "CLICKPATH_ENTITIES_SITE", default_value = "shop")]
    pub site: String,
    /// Streams to send: stores, products, customers, purchases, users; all when none is named.
    #[arg(value_name = "STREAM")]
    pub streams: Vec<Stream>,
}
