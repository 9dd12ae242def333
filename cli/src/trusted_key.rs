//! The trusted key of a gateway on this machine: `up` makes it, and the programs beside it that send find it.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::net::IpAddr;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context;
use reqwest::Url;

use crate::exit::Usage;

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    /// File with the trusted key of the gateway on this machine: `up` makes it when there is none, and what sends to a loopback
    /// address reads it. Not used with --trusted-key.
    #[arg(long, env = "CLICKPATH_TRUSTED_KEY_FILE", default_value = "data/trusted.key")]
    trusted_key_file: PathBuf,
}

impl Settings {
    /// For the gateway: the key in the file, which is made when there is none.
    pub(crate) fn of_gateway(&self) -> anyhow::Result<gateway::Secret> {
        let file = &self.trusted_key_file;
        let key = match read(file)? {
            Some(key) => key,
            None => make(file).with_context(|| format!("cannot make the trusted key's file {}", file.display()))?,
        };
        key.parse()
            .map_err(|wrong| Usage(format!("the key in {} {wrong}", file.display())).into())
    }

    /// For who sends, when no key was given and the gateway is on this machine: the key in the file, if there is one.
    pub(crate) fn complete(&self, sender: &mut client::Settings) -> anyhow::Result<()> {
        if sender.trusted_key.is_some() || !is_loopback(&sender.gateway_url) {
            return Ok(());
        }
        if let Some(key) = read(&self.trusted_key_file)? {
            tracing::info!(file = %self.trusted_key_file.display(), "sending with the trusted key of this machine");
            sender.trusted_key = Some(key.parse()?);
        }
        Ok(())
    }
}

fn read(file: &Path) -> anyhow::Result<Option<String>> {
    let key = match std::fs::read_to_string(file) {
        Err(absent) if absent.kind() == ErrorKind::NotFound => return Ok(None),
        key => key.with_context(|| format!("cannot read the trusted key from {}", file.display()))?,
    };
    if file.metadata()?.mode() & 0o077 != 0 {
        tracing::warn!(file = %file.display(), "others on this machine may read the trusted key: chmod 600");
    }
    Ok(Some(key.trim_end().to_owned()))
}

/// Nobody else may read it, from its first byte on; under its name it is whole.
fn make(file: &Path) -> std::io::Result<String> {
    let random = rand::random::<[u8; 32]>();
    let key = random.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder)?;
    }
    let unfinished = file.with_extension("key.new");
    let mut output = private(&unfinished)?;
    writeln!(output, "{key}")?;
    output.sync_all()?;
    std::fs::rename(&unfinished, file)?;
    tracing::info!(file = %file.display(), "made a trusted key for the senders on this machine");
    Ok(key)
}

/// What a crash left behind is replaced: its permissions may be any.
fn private(file: &Path) -> std::io::Result<File> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)
}

fn is_loopback(gateway_url: &str) -> bool {
    let url = gateway_url.parse::<Url>();
    url.is_ok_and(|url| {
        url.host_str().is_some_and(|host| {
            let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
            host == "localhost" || address.is_ok_and(|address| address.is_loopback())
        })
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use super::*;

    fn sender(gateway_url: &str) -> client::Settings {
        client::Settings {
            gateway_url: gateway_url.to_owned(),
            trusted_key: None,
            patience: Duration::ZERO,
        }
    }

    fn in_folder(folder: &Path) -> Settings {
        Settings {
            trusted_key_file: folder.join("data/trusted.key"),
        }
    }

    #[test]
    fn key_is_made_once_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let settings = in_folder(folder.path());
        settings.of_gateway().unwrap();
        let key = std::fs::read_to_string(&settings.trusted_key_file).unwrap();
        assert_eq!(key.trim_end().len(), 64, "{key}");
        let mode = settings.trusted_key_file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        settings.of_gateway().unwrap();
        assert_eq!(std::fs::read_to_string(&settings.trusted_key_file).unwrap(), key);
        let files = std::fs::read_dir(folder.path().join("data")).unwrap().count();
        assert_eq!(files, 1);
    }

    #[test]
    fn damaged_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let settings = in_folder(folder.path());
        std::fs::create_dir(folder.path().join("data")).unwrap();
        std::fs::write(&settings.trusted_key_file, "short\n").unwrap();
        let error = settings.of_gateway().unwrap_err().to_string();
        assert!(error.contains("trusted.key must have at least 16 bytes"), "{error}");
    }

    #[test]
    fn senders_take_it_to_this_machine_only() {
        let folder = tempfile::tempdir().unwrap();
        let settings = in_folder(folder.path());
        let mut early = sender("http://127.0.0.1:8080");
        settings.complete(&mut early).unwrap();
        assert_eq!(early.trusted_key, None);
        settings.of_gateway().unwrap();
        for (gateway_url, is_taken) in [
            ("http://127.0.0.1:8080", true),
            ("http://localhost:8080/", true),
            ("http://[::1]:8080", true),
            ("http://gateway:8080", false),
            ("http://127.0.0.1.example", false),
            ("http://10.0.0.1", false),
            ("127.0.0.1:8080", false),
        ] {
            let mut sender = sender(gateway_url);
            settings.complete(&mut sender).unwrap();
            assert_eq!(sender.trusted_key.is_some(), is_taken, "{gateway_url}");
        }
        let mut given = sender("http://127.0.0.1:8080");
        given.trusted_key = Some("a key of another kind".parse().unwrap());
        settings.complete(&mut given).unwrap();
        assert_eq!(given.trusted_key, Some("a key of another kind".parse().unwrap()));
    }
}
