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
        Self::named(url, "clickpath")
    }

    /// The tables of the database `name`.
    pub fn named(url: &str, name: &str) -> anyhow::Result<Self> {
        let client = tls::http_client().timeout(ANSWER_LIMIT).build();
        Ok(Self {
            client: client.context("no HTTP client")?,
            url: format!("{url}/?database={name}"),
        })
    }

    /// The answer in `FORMAT TabSeparated`, a line a row; texts must have no tabs, line breaks and backslashes.
    pub async fn lines(&self, sql: &str) -> anyhow::Result<Vec<String>> {
        let text = self.bytes(&format!("{sql} FORMAT TabSeparated")).await?;
        let text = std::str::from_utf8(&text).with_context(|| format!("{sql}: no text"))?;
        if text.contains("__exception__") {
            bail!("{sql}: {text}");
        }
        Ok(text.lines().map(ToOwned::to_owned).collect())
    }

    /// What the database answers to a whole statement.
    pub async fn bytes(&self, sql: &str) -> anyhow::Result<Vec<u8>> {
        self.post(&self.url, sql.to_owned().into_bytes()).await
    }

    /// Inserts `rows`, which are as the end of the statement says; `settings` as `&name=value` each.
    pub async fn insert(&self, statement: &str, settings: &str, rows: Vec<u8>) -> anyhow::Result<()> {
        let statement = statement.replace(' ', "%20");
        self.post(&format!("{}&query={statement}{settings}", self.url), rows)
            .await
            .map(drop)
    }

    async fn post(&self, url: &str, body: Vec<u8>) -> anyhow::Result<Vec<u8>> {
        let response = self.client.post(url).body(body).send().await?;
        let status = response.status();
        let answer = response.bytes().await?;
        if !status.is_success() {
            bail!("{url}: {status}: {}", String::from_utf8_lossy(&answer));
        }
        Ok(answer.into())
    }

    /// The single number that a query gives.
    pub async fn number(&self, sql: &str) -> anyhow::Result<u64> {
        let lines = self.lines(sql).await?;
        let line = lines.first().with_context(|| format!("{sql}: no row"))?;
        line.parse().with_context(|| format!("{sql}: {line}"))
    }
}
