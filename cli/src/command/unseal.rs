use std::io::{BufReader, BufWriter, Read, Write};

use anyhow::Context;
use enrich::Sealer;
use gateway::entities::KeyText;
use serde_json::Deserializer;
use serde_json::value::RawValue;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::say::Answer;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    /// The gateway's --fernet-key, or several with commas between them, of which any opens what it sealed.
    #[arg(long, env = "FERNET_KEY", allow_hyphen_values = true, hide_env_values = true)]
    fernet_key: Option<KeyText>,
}

/// Entities' JSON from standard input to standard output, one a line of output, phone numbers and e-mail addresses in plain.
pub(crate) async fn run(settings: Settings, shutdown: CancellationToken) -> anyhow::Result<()> {
    let sealer = Sealer::new(&KeyText::read(settings.fernet_key.as_ref())?, None);
    let (done, unsealed) = oneshot::channel();
    // A thread of its own: the runtime would wait for a read that it blocks on.
    std::thread::spawn(move || {
        let result = unseal(std::io::stdin().lock(), Answer, &sealer);
        // Nobody waits any more after a signal.
        drop(done.send(result));
    });
    match shutdown.run_until_cancelled(unsealed).await {
        Some(result) => result.context("unsealing broke off")?,
        None => Ok(()),
    }
}

fn unseal(input: impl Read, output: impl Write, sealer: &Sealer) -> anyhow::Result<()> {
    let mut output = BufWriter::new(output);
    let values = Deserializer::from_reader(BufReader::new(input)).into_iter::<Box<RawValue>>();
    for (before, value) in values.enumerate() {
        let entity = || format!("entity {}", before + 1);
        let value = value.with_context(entity)?;
        let plain = sealer.unseal(value.get()).with_context(entity)?;
        writeln!(output, "{plain}").context("standard output")?;
    }
    output.flush().context("standard output")
}
