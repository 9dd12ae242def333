use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::body::{self, Present};
use super::entity_id;
use crate::api::{self, Api};
use crate::catalogue;
use crate::model::{Card, Dashboard, Tool};
use crate::{ApiError, Connection};

/// Of the database and the collection.
const NAME: &str = "Clickpath";

/// A Metabase of version 54 or later, which brings the driver.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Address of Metabase.
    #[arg(long, env = "CLICKPATH_METABASE_URL", default_value = "http://127.0.0.1:3001")]
    pub url: String,
    /// E-mail address of an administrator; the first run makes this user.
    #[arg(long, env = "METABASE_ADMIN_EMAIL")]
    pub user: String,
    /// That user's password; Metabase refuses common ones.
    #[arg(long, env = "METABASE_ADMIN_PASSWORD", hide_env_values = true)]
    pub password: String,
    /// Seconds to wait until Metabase answers.
    #[arg(long, env = "CLICKPATH_DASHBOARDS_PATIENCE_SECONDS", default_value_t = 300)]
    pub patience_seconds: u64,
    #[command(flatten)]
    pub connection: Connection,
}

/// What a run made and what it found and brought up to date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    pub created: usize,
    pub updated: usize,
    /// Paths of the dashboards.
    pub dashboards: Vec<String>,
}

/// Setup if nobody did it, then database, collection, cards and dashboards. A second run changes them in place.
pub async fn provision(settings: &Settings) -> Result<Done, ApiError> {
    let mut api = Api::new(&settings.url)?;
    let patience = Duration::from_secs(settings.patience_seconds);
    api.wait_for_health("/api/health", patience, |answer| answer.contains("\"ok\""))
        .await?;
    let session = sign_in(&api, settings).await?;
    api.set("x-metabase-session", &session)?;
    let mut run = Run {
        database: database(&api, &settings.connection).await?,
        collection: collection(&api).await?,
        connection: &settings.connection,
        done: Done::default(),
        api,
    };
    for dashboard in catalogue::of(Tool::Metabase) {
        run.dashboard(dashboard).await?;
    }
    Ok(run.done)
}

async fn sign_in(api: &Api, settings: &Settings) -> Result<String, ApiError> {
    const PROPERTIES: &str = "/api/session/properties";
    let properties = api.get(PROPERTIES).await?;
    if properties["has-user-setup"].as_bool() == Some(true) {
        let session = api
            .post(
                "/api/session",
                &json!({"username": settings.user, "password": settings.password}),
            )
            .await?;
        return api::string(&session, "id", "/api/session");
    }
    let token = api::string(&properties, "setup-token", PROPERTIES)?;
    let setup = json!({
        "token": token,
        "user": {
            "email": settings.user,
            "password": settings.password,
            "first_name": "Clickpath",
            "last_name": "Administrator",
        },
        "prefs": {"site_name": NAME, "site_locale": "en"},
    });
    let session = api.post("/api/setup", &setup).await?;
    api::string(&session, "id", "/api/setup")
}

async fn database(api: &Api, connection: &Connection) -> Result<i64, ApiError> {
    const PATH: &str = "/api/database";
    let wanted = json!({
        "engine": "clickhouse",
        "name": NAME,
        "details": {
            "host": connection.source_host,
            "port": connection.source_port,
            "user": connection.source_user,
            "password": connection.source_password,
            "dbname": connection.source_database,
            "scan-all-databases": false,
            "ssl": connection.source_tls,
        },
    });
    let listed = api.get(PATH).await?;
    // Metabase wraps the list in `data`; older ones did not.
    let databases = listed["data"].as_array().or(listed.as_array());
    let databases = databases.ok_or_else(|| api::missing(&listed, "data", PATH))?;
    let Some(found) = databases.iter().find(|database| database["name"] == NAME) else {
        let mut new = wanted;
        new["is_full_sync"] = json!(true);
        return api::number(&api.post(PATH, &new).await?, "id", PATH);
    };
    let id = api::number(found, "id", PATH)?;
    api.put(&format!("{PATH}/{id}"), &wanted).await?;
    Ok(id)
}

async fn collection(api: &Api) -> Result<i64, ApiError> {
    const PATH: &str = "/api/collection";
    let listed = api.get(PATH).await?;
    let collections = listed.as_array().ok_or_else(|| api::missing(&listed, "list", PATH))?;
    let found = collections.iter().find(|collection| {
        collection["name"] == NAME && collection["archived"].as_bool() != Some(true) && collection["id"].is_i64()
    });
    if let Some(found) = found {
        return api::number(found, "id", PATH);
    }
    let made = api.post(PATH, &json!({"name": NAME, "parent_id": null})).await?;
    api::number(&made, "id", PATH)
}

struct Run<'a> {
    api: Api,
    connection: &'a Connection,
    database: i64,
    collection: i64,
    done: Done,
}

impl Run<'_> {
    async fn dashboard(&mut self, dashboard: &Dashboard) -> Result<(), ApiError> {
        let cards = self.items("card").await?;
        let mut ids = Vec::new();
        for card in dashboard.cards() {
            ids.push(self.card(dashboard, card, &cards).await?);
        }
        let found = self.items("dashboard").await?;
        let found = found.iter().find(|item| item["name"] == dashboard.title);
        let id = match found {
            Some(found) => {
                self.done.updated += 1;
                api::number(found, "id", "/api/collection/:id/items")?
            }
            None => {
                self.done.created += 1;
                let new = body::new_dashboard(dashboard, self.collection);
                api::number(&self.api.post("/api/dashboard", &new).await?, "id", "/api/dashboard")?
            }
        };
        let path = format!("/api/dashboard/{id}");
        let present = present(&self.api.get(&path).await?, &path)?;
        let wanted = body::dashboard(dashboard, self.connection, self.collection, &ids, &present);
        self.api.put(&path, &wanted).await?;
        self.done.dashboards.push(format!("/dashboard/{id}"));
        Ok(())
    }

    async fn card(&mut self, dashboard: &Dashboard, card: &Card, cards: &[Value]) -> Result<i64, ApiError> {
        let wanted = body::card(dashboard, card, self.connection, self.database, self.collection);
        let entity = entity_id(dashboard, card);
        let Some(found) = cards.iter().find(|item| item["entity_id"] == *entity) else {
            self.done.created += 1;
            return api::number(&self.api.post("/api/card", &wanted).await?, "id", "/api/card");
        };
        self.done.updated += 1;
        let id = api::number(found, "id", "/api/collection/:id/items")?;
        // The entity's id is its name: it is given once.
        let mut wanted = wanted;
        if let Some(wanted) = wanted.as_object_mut() {
            wanted.remove("entity_id");
        }
        self.api.put(&format!("/api/card/{id}"), &wanted).await?;
        Ok(id)
    }

    async fn items(&self, model: &str) -> Result<Vec<Value>, ApiError> {
        let path = format!("/api/collection/{}/items?models={model}&limit=2000", self.collection);
        let answer = self.api.get(&path).await?;
        match &answer["data"] {
            Value::Array(items) => Ok(items.clone()),
            _ => Err(api::missing(&answer, "data", &path)),
        }
    }
}

fn present(dashboard: &Value, path: &str) -> Result<Present, ApiError> {
    // A dashboard without tabs has null in their place.
    let tabs = dashboard["tabs"].as_array().map(Vec::as_slice).unwrap_or_default();
    let tabs: BTreeMap<String, i64> = tabs
        .iter()
        .filter_map(|tab| Some((tab["name"].as_str()?.to_owned(), tab["id"].as_i64()?)))
        .collect();
    let name = |id: &Value| {
        let found = tabs.iter().find(|(_, tab)| id.as_i64() == Some(**tab));
        found.map(|(name, _)| name.clone()).unwrap_or_default()
    };
    let cards = dashboard["dashcards"].as_array();
    let cards = cards.ok_or_else(|| api::missing(dashboard, "dashcards", path))?;
    // Headings and texts that somebody added have no card.
    let cards = cards.iter().filter_map(|card| {
        let key = (card["card_id"].as_i64()?, name(&card["dashboard_tab_id"]));
        Some((key, card["id"].as_i64()?))
    });
    let cards = cards.collect();
    Ok(Present { tabs, cards })
}
