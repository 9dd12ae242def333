use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use gateway::{NewKey, Scope};

use crate::say::say;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make a key and print it, once, with the lines for the gateway's --keys-file.
    New(New),
}

#[derive(Debug, clap::Args)]
pub(crate) struct New {
    /// Who or what holds it, for example dashboards; the audit names it so.
    #[arg(long)]
    name: String,
    /// What it may do: ingest sends events, read asks for reports, admin does that and sees users and audit and replays. May be given
    /// more than once.
    #[arg(long = "scope", required = true, value_name = "ingest|read|admin")]
    scopes: Vec<Scope>,
    /// Only for this site; may be given more than once. Without it for every site.
    #[arg(long = "site", value_name = "SITE")]
    sites: Vec<String>,
    /// Add the lines to this file, made readable to its owner only when it is not there, and print nothing but the key.
    #[arg(long, value_name = "FILE")]
    append_to: Option<PathBuf>,
}

pub(crate) fn run(Command::New(new): Command) -> anyhow::Result<()> {
    let made = NewKey::make(&new.name, &new.scopes, &new.sites)?;
    match &new.append_to {
        Some(path) => {
            append(path, &new.name, &made.entry)?;
            say(&made.key);
        }
        None => say(&format!(
            "{}\n\nKeep it: it is not shown again, and the file below holds its hash only.\nThe gateway reads these lines from its --keys-file (CLICKPATH_KEYS_FILE) at its start:\n\n{}",
            made.key, made.entry
        )),
    }
    Ok(())
}

fn append(path: &Path, name: &str, entry: &str) -> anyhow::Result<()> {
    let failed = || format!("keys file {}", path.display());
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true).mode(0o600);
    let mut file = options.open(path).with_context(failed)?;
    let known = std::io::read_to_string(&file).with_context(failed)?;
    if known.contains(&format!("name = \"{name}\"\n")) {
        bail!("{} has a key named {name} already", path.display());
    }
    let gap = if known.is_empty() { "" } else { "\n" };
    file.write_all(format!("{gap}{entry}").as_bytes()).with_context(failed)
}
