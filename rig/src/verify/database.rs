use std::time::Duration;

use anyhow::{Context, bail};

const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// The tables, read past everything that is tested.
#[derive(Debug, Clone)]
pub struct Database {
    client: reqwest::Client,
    url: String,
}

impl Database {
    /// The product's tables in the engine at `url`.
    pub fn new(url: &str) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder().timeout(ANSWER_LIMIT).build();
        Ok(Self {
            client: client.context("no HTTP client")?,
            url: format!("{url}/?database=clickpath"),
        })
    }

    /// The answer in `FORMAT TabSeparated`, a line a row; texts must have no tabs, line breaks and backslashes.
    pub async fn lines(&self, sql: &str) -> anyhow::Result<Vec<String>> {
        let statement = format!("{sql} FORMAT TabSeparated");
        let response = self.client.post(&self.url).body(statement).send().await?;
        let status = response.status();
        let text = response.text().await?;
        if !status.is_success() || text.contains("__exception__") {
            bail!("{sql}: {status}: {text}");
        }
        Ok(text.lines().map(ToOwned::to_owned).collect())
    }

    /// The single number that a query gives.
    pub async fn number(&self, sql: &str) -> anyhow::Result<u64> {
        let lines = self.lines(sql).await?;
        let line = lines.first().with_context(|| format!("{sql}: no row"))?;
        line.parse().with_context(|| format!("{sql}: {line}"))
    }
}
