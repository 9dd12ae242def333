use anyhow::Context;
use enrich::seal::FernetKey;

use crate::say::say;

/// Prints a new key, as `FERNET_KEY` takes it.
pub(crate) fn run() -> anyhow::Result<()> {
    let key = FernetKey::generate().context("the operating system gives no random bytes")?;
    say(&key.reveal());
    Ok(())
}
