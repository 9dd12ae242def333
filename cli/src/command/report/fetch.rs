use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use serde_json::{Map, Value};

use client::answer::message;

use crate::exit::Usage;

const TIMEOUT: Duration = Duration::from_secs(60);

/// The reports of a gateway.
pub(super) struct Gateway<'s> {
    url: &'s Url,
    key: Option<&'s str>,
    client: Client,
}

#[derive(Debug, Deserialize)]
pub(super) struct Catalogue {
    pub(super) metrics: Vec<Metric>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Metric {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) unit: String,
    pub(super) parameters: Vec<Parameter>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) required: bool,
    pub(super) default: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Report {
    pub(super) metric: String,
    pub(super) title: String,
    pub(super) unit: String,
    pub(super) definition: String,
    pub(super) parameters: Map<String, Value>,
    pub(super) meta: Vec<Column>,
    pub(super) data: Vec<Map<String, Value>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Column {
    pub(super) name: String,
    /// Of ClickHouse.
    pub(super) r#type: String,
}

impl Column {
    pub(super) fn is_number(&self) -> bool {
        let plain = self.r#type.trim_start_matches("Nullable(");
        ["UInt", "Int", "Float", "Decimal"]
            .iter()
            .any(|start| plain.starts_with(start))
    }

    pub(super) fn is_time(&self) -> bool {
        self.r#type.trim_start_matches("Nullable(").starts_with("Date")
    }
}

impl<'s> Gateway<'s> {
    pub(super) fn new(url: &'s Url, key: Option<&'s str>) -> anyhow::Result<Self> {
        let client = tls::http_client().timeout(TIMEOUT).build()?;
        Ok(Self { url, key, client })
    }

    pub(super) async fn catalogue(&self) -> anyhow::Result<Catalogue> {
        let body = self.get(self.url.join("/reports/").context("--gateway-url")?).await?;
        serde_json::from_str(&body).context("the gateway's answer cannot be read")
    }

    pub(super) async fn report(&self, metric: &str, parameters: &[(&str, String)]) -> anyhow::Result<Report> {
        let body = self.text(metric, parameters, "json").await?;
        serde_json::from_str(&body).context("the gateway's answer cannot be read")
    }

    pub(super) async fn text(
        &self,
        metric: &str,
        parameters: &[(&str, String)],
        format: &str,
    ) -> anyhow::Result<String> {
        let mut url = self.url.join("/reports/").context("--gateway-url")?;
        // A name with a slash stays one name.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(metric);
        }
        url.query_pairs_mut()
            .extend_pairs(parameters)
            .append_pair("format", format);
        self.get(url).await
    }

    async fn get(&self, url: Url) -> anyhow::Result<String> {
        let request = self.client.get(url);
        let request = match self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        };
        let answer = request.send().await;
        let answer = answer.with_context(|| format!("no gateway answers at {}", self.url))?;
        let status = answer.status();
        let body = answer.text().await?;
        match status {
            status if status.is_success() => Ok(body),
            StatusCode::UNAUTHORIZED => {
                bail!(
                    "{}; here the key is given by --key or CLICKPATH_KEY",
                    message(body.as_bytes())
                )
            }
            StatusCode::NOT_FOUND => {
                Err(Usage(format!("{}, as does `clickpath report`", message(body.as_bytes()))).into())
            }
            StatusCode::BAD_REQUEST => Err(Usage(message(body.as_bytes())).into()),
            status => bail!("the gateway answers {status}: {}", message(body.as_bytes())),
        }
    }
}
