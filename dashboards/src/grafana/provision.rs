use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{CLICKHOUSE_UID, FOLDER, PROMETHEUS_UID, body, clickhouse_datasource, prometheus_datasource};
use crate::api::Api;
use crate::catalogue;
use crate::model::Tool;
use crate::{ApiError, Connection};

const FOLDER_UID: &str = "clickpath";

/// A Grafana that has its plugin and is not provisioned by files.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Address of Grafana.
    #[arg(long, env = "CLICKPATH_GRAFANA_URL", default_value = "http://127.0.0.1:3000")]
    pub url: String,
    /// An administrator of it.
    #[arg(long, env = "GRAFANA_ADMIN_USER", default_value = "admin")]
    pub user: String,
    /// That user's password.
    #[arg(long, env = "GRAFANA_ADMIN_PASSWORD", hide_env_values = true)]
    pub password: String,
    /// Seconds to wait until Grafana answers.
    #[arg(long, env = "CLICKPATH_DASHBOARDS_PATIENCE_SECONDS", default_value_t = 120)]
    pub patience_seconds: u64,
    /// Only wait until the dashboards that files brought are there.
    #[arg(long)]
    pub wait_only: bool,
    #[command(flatten)]
    pub connection: Connection,
}

/// Datasources, a folder and the dashboards in it; what is there is overwritten. Hands out their paths.
pub async fn provision(settings: &Settings) -> Result<Vec<String>, ApiError> {
    let patience = Duration::from_secs(settings.patience_seconds);
    let mut api = Api::new(&settings.url)?;
    api.wait_for_health("/api/health", patience, |answer| answer.contains("\"ok\""))
        .await?;
    let credentials = BASE64_STANDARD.encode(format!("{}:{}", settings.user, settings.password));
    api.set("authorization", &format!("Basic {credentials}"))?;
    if settings.wait_only {
        return wait(&api, patience).await;
    }
    datasource(&api, CLICKHOUSE_UID, &clickhouse_datasource(&settings.connection)).await?;
    datasource(&api, PROMETHEUS_UID, &prometheus_datasource(&settings.connection)).await?;
    if !is_there(&api, &format!("/api/folders/{FOLDER_UID}")).await? {
        let folder = json!({"uid": FOLDER_UID, "title": FOLDER});
        api.post("/api/folders", &folder).await?;
    }
    let mut written = Vec::new();
    for dashboard in catalogue::of(Tool::Grafana) {
        let request = json!({
            "dashboard": body(dashboard, &settings.connection),
            "folderUid": FOLDER_UID,
            "overwrite": true,
            "message": "clickpath dashboards provision",
        });
        api.post("/api/dashboards/db", &request).await?;
        written.push(format!("/d/{}", dashboard.key));
    }
    Ok(written)
}

async fn wait(api: &Api, patience: Duration) -> Result<Vec<String>, ApiError> {
    let mut found = Vec::new();
    for dashboard in catalogue::of(Tool::Grafana) {
        let path = format!("/api/dashboards/uid/{}", dashboard.key);
        api.wait_for_health(&path, patience, |_| true).await?;
        found.push(format!("/d/{}", dashboard.key));
    }
    Ok(found)
}

async fn datasource(api: &Api, uid: &str, wanted: &Value) -> Result<(), ApiError> {
    let path = format!("/api/datasources/uid/{uid}");
    match is_there(api, &path).await? {
        true => api.put(&path, wanted).await?,
        false => api.post("/api/datasources", wanted).await?,
    };
    Ok(())
}

async fn is_there(api: &Api, path: &str) -> Result<bool, ApiError> {
    match api.get(path).await {
        Ok(_) => Ok(true),
        Err(ApiError::Refused { status, .. }) if status == StatusCode::NOT_FOUND => Ok(false),
        Err(error) => Err(error),
    }
}
