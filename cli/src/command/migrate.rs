use warehouse::migrate::Cluster;
use warehouse::retention::{self, Change, Retention};
use warehouse::{Warehouse, compat, migrate};

use crate::say::say;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    #[command(flatten)]
    pub(crate) warehouse: warehouse::Settings,
    #[command(flatten)]
    retention: retention::Settings,
    /// Change nothing: name the migrations and the retention that would be applied, and draw what is made of what.
    #[arg(long)]
    plan: bool,
    /// Also make the views under the names of other systems, in databases of their own (sql/compat, docs/seeds.md).
    #[arg(long, conflicts_with_all = ["plan", "cluster"])]
    compat: bool,
    /// Name of the cluster in the servers' `remote_servers` whose shards and replicas get the tables (docs/operations.md, Scale). Without it
    /// the tables are one server's.
    #[arg(long, env = "CLICKPATH_CLUSTER")]
    cluster: Option<Cluster>,
}

pub(crate) async fn run(settings: Settings) -> anyhow::Result<()> {
    let retention = settings.retention.load()?;
    let warehouse = Warehouse::new(&settings.warehouse);
    let cluster = settings.cluster.as_ref();
    match settings.plan {
        true => plan(&warehouse, cluster, retention.as_ref()).await,
        false => {
            apply(&warehouse, cluster, retention.as_ref()).await?;
            if settings.compat {
                for file in compat::apply(&warehouse).await? {
                    say(&format!("made the views of {file}"));
                }
            }
            Ok(())
        }
    }
}

async fn apply(warehouse: &Warehouse, cluster: Option<&Cluster>, retention: Option<&Retention>) -> anyhow::Result<()> {
    let migrations = match cluster {
        Some(cluster) => migrate::cluster::run(warehouse, cluster).await?,
        None => migrate::run(warehouse).await?,
    };
    for migration in &migrations {
        say(&format!("applied {}", migration.file()));
    }
    let mut changes = Vec::new();
    if let Some(retention) = retention {
        changes = retention::apply(&tables(warehouse, cluster), retention).await?;
    }
    for change in &changes {
        say(&format!("retention of {}", line(change)));
    }
    if migrations.is_empty() && changes.is_empty() {
        say("the database is up to date");
    }
    Ok(())
}

async fn plan(warehouse: &Warehouse, cluster: Option<&Cluster>, retention: Option<&Retention>) -> anyhow::Result<()> {
    let migrations = migrate::plan(warehouse).await?;
    for migration in &migrations {
        say(&format!("would apply {}", migration.file()));
    }
    match retention {
        // Its tables may not be there yet.
        Some(_) if !migrations.is_empty() => say("would compare the retention after that"),
        Some(retention) => {
            for change in retention::plan(&tables(warehouse, cluster), retention).await? {
                say(&format!("would set the retention of {}", line(&change)));
            }
        }
        None => {}
    }
    if migrations.is_empty() {
        say("the tables are up to date");
    }
    say(&format!("\n{}", migrate::Graph::of(&migrate::embedded()?)));
    Ok(())
}

/// Where the tables are that hold rows.
fn tables(warehouse: &Warehouse, cluster: Option<&Cluster>) -> Warehouse {
    match cluster {
        Some(_) => Cluster::tables(warehouse),
        None => warehouse.clone(),
    }
}

fn line(change: &Change) -> String {
    let text = |ttl: &Option<String>| ttl.clone().unwrap_or_else(|| "forever".to_owned());
    format!("{}: {} (was: {})", change.table, text(&change.to), text(&change.from))
}
