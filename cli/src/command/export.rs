use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use enrich::Sealer;
use gateway::entities::KeyText;
use warehouse::{Subject, Warehouse};

use super::erase::somebody;
use crate::say::Answer;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    #[command(flatten)]
    pub(crate) warehouse: warehouse::Settings,
    /// Whose data: the user's id, as events have it.
    #[arg(long, value_parser = somebody)]
    user: String,
    /// Only this site's; without it every site's.
    #[arg(long)]
    site: Option<String>,
    /// File to write, one JSON object a line with its table in `stored_in`; without it, and for `-`, standard output. A file that is there is
    /// not overwritten.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The gateway's key or keys: with them phone and email stand in plain, without it as they are stored, sealed.
    #[arg(long, env = "FERNET_KEY", allow_hyphen_values = true, hide_env_values = true)]
    fernet_key: Option<KeyText>,
}

pub(crate) async fn run(settings: Settings) -> anyhow::Result<()> {
    let warehouse = Warehouse::new(&settings.warehouse);
    let sealer = match &settings.fernet_key {
        Some(key) => Some(Sealer::new(&KeyText::read(Some(key))?, None)),
        None => None,
    };
    let subject = Subject {
        user: settings.user,
        site: settings.site,
    };
    let mut output: Box<dyn Write> = match &settings.output {
        Some(path) if path != Path::new("-") => {
            Box::new(File::create_new(path).with_context(|| format!("cannot create {}", path.display()))?)
        }
        _ => Box::new(Answer),
    };
    output = Box::new(BufWriter::new(output));
    let counts = warehouse.export_user(&subject, |table, line| match &sealer {
        Some(sealer) if table == "entities" => {
            let plain = sealer.unseal(line).map_err(io::Error::other)?;
            writeln!(output, "{plain}")
        }
        _ => writeln!(output, "{line}"),
    });
    let counts = counts.await?;
    output.flush()?;
    for count in counts {
        tracing::info!(table = count.table, rows = count.rows, "exported");
    }
    Ok(())
}
