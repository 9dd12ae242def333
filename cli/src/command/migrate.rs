use warehouse::{Warehouse, migrate};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    #[command(flatten)]
    warehouse: warehouse::Settings,
    /// Only name the migrations that would be applied.
    #[arg(long)]
    plan: bool,
}

pub(crate) async fn run(settings: Settings) -> anyhow::Result<()> {
    let warehouse = Warehouse::new(&settings.warehouse);
    let (verb, migrations) = match settings.plan {
        true => ("would apply", migrate::plan(&warehouse).await?),
        false => ("applied", migrate::run(&warehouse).await?),
    };
    for migration in &migrations {
        say(&format!("{verb} {}", migration.file()));
    }
    if migrations.is_empty() {
        say("the database is up to date");
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
fn say(line: &str) {
    println!("{line}");
}
