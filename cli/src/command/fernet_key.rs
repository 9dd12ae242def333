use anyhow::Context;
use enrich::seal::FernetKey;

/// Prints a new key, as `FERNET_KEY` takes it.
pub(crate) fn run() -> anyhow::Result<()> {
    let key = FernetKey::generate().context("the operating system gives no random bytes")?;
    say(&key.reveal());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
fn say(text: &str) {
    println!("{text}");
}
