use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::{DATABASE, archive, bundle, yaml};
use crate::api::{self, Api};
use crate::catalogue;
use crate::model::Tool;
use crate::{ApiError, Connection};

/// A Superset with `clickhouse-connect` and the flag `ENABLE_TEMPLATE_PROCESSING`.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Address of Superset.
    #[arg(long, env = "CLICKPATH_SUPERSET_URL", default_value = "http://127.0.0.1:8088")]
    pub url: String,
    /// An administrator of it.
    #[arg(long, env = "SUPERSET_ADMIN_USER", default_value = "admin")]
    pub user: String,
    /// That user's password.
    #[arg(long, env = "SUPERSET_ADMIN_PASSWORD", hide_env_values = true)]
    pub password: String,
    /// Seconds to wait until Superset answers.
    #[arg(long, env = "CLICKPATH_DASHBOARDS_PATIENCE_SECONDS", default_value_t = 300)]
    pub patience_seconds: u64,
    #[command(flatten)]
    pub connection: Connection,
}

/// Imports the bundle over what is there. Hands out the dashboards' paths.
pub async fn provision(settings: &Settings) -> Result<Vec<String>, ApiError> {
    let mut api = Api::new(&settings.url)?;
    let patience = Duration::from_secs(settings.patience_seconds);
    api.wait_for_health("/health", patience, |answer| answer.contains("OK"))
        .await?;
    const LOGIN: &str = "/api/v1/security/login";
    let credentials = json!({
        "username": settings.user, "password": settings.password, "provider": "db", "refresh": false,
    });
    let token = api::string(&api.post(LOGIN, &credentials).await?, "access_token", LOGIN)?;
    api.set("authorization", &format!("Bearer {token}"))?;
    let csrf = csrf_token(&mut api).await?;
    api.set("x-csrftoken", &csrf)?;
    api.set("referer", &settings.url)?;
    let (content_type, body) = multipart(&settings.connection);
    api.send(Method::POST, "/api/v1/assets/import/", Some((content_type, body)))
        .await?;
    let path = |dashboard: &crate::Dashboard| format!("/superset/dashboard/{}/", dashboard.key);
    Ok(catalogue::of(Tool::Superset).map(path).collect())
}

/// The token, and the session that it belongs to.
async fn csrf_token(api: &mut Api) -> Result<String, ApiError> {
    const PATH: &str = "/api/v1/security/csrf_token/";
    let answer = api.send(Method::GET, PATH, None).await?;
    let cookies: Vec<_> = answer
        .headers()
        .get_all("set-cookie")
        .iter()
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
        .map(str::to_owned)
        .collect();
    let answer = api::json(Method::GET, PATH, answer).await?;
    let token = api::string(&answer, "result", PATH)?;
    if !cookies.is_empty() {
        api.set("cookie", &cookies.join("; "))?;
    }
    Ok(token)
}

/// The form: the bundle as a ZIP file, and the database's password, which is in no file.
fn multipart(connection: &Connection) -> (String, Vec<u8>) {
    const BOUNDARY: &str = "clickpath-dashboards-7d1f0c5e";
    let files: BTreeMap<_, _> = bundle(connection)
        .iter()
        .map(|(path, value)| (path.clone(), yaml::text(value).into_bytes()))
        .collect();
    let mut body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"bundle\"; filename=\"clickpath.zip\"\r\n\
         Content-Type: application/zip\r\n\r\n"
    )
    .into_bytes();
    body.extend(archive::zip("clickpath", &files));
    body.extend(b"\r\n");
    if !connection.source_password.is_empty() {
        let file = format!("databases/{DATABASE}.yaml");
        let passwords = json!({file: connection.source_password});
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"passwords\"\r\n\r\n{passwords}\r\n")
                .into_bytes(),
        );
    }
    body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}
