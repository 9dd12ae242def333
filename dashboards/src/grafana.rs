//! Grafana: datasources, and dashboards whose panels ask ClickHouse and Prometheus.
//!
//! The plugin is ClickHouse's own, `grafana-clickhouse-datasource`. The period and its zone are Grafana's; `site`, `tz` and `bots`
//! are variables of the dashboard.

mod panel;
mod provision;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};
use warehouse::text_literal;

use crate::Connection;
use crate::catalogue;
use crate::files;
use crate::model::{Dashboard, Source, Tool};
use crate::sql::Asked;

pub use provision::{Settings, provision};

pub const CLICKHOUSE_UID: &str = "clickpath-clickhouse";
pub const PROMETHEUS_UID: &str = "clickpath-prometheus";
const CLICKHOUSE: &str = "grafana-clickhouse-datasource";
const FOLDER: &str = "Clickpath";

/// The plugin's macros for the period, the dashboard's variables for all else.
pub fn asked() -> Asked {
    Asked {
        site: "${site:sqlstring}".to_owned(),
        from: "toTimeZone($__fromTime_ms, 'UTC')".to_owned(),
        to: "toTimeZone($__toTime_ms, 'UTC')".to_owned(),
        tz: "${tz:sqlstring}".to_owned(),
        bots: "toUInt8(${bots:sqlstring})".to_owned(),
        path: "${path:sqlstring}".to_owned(),
    }
}

/// What Grafana puts into a query of all pages: the user's choice for each variable, the plugin's expression for each macro.
pub fn substituted(sql: &str, site: &str, tz: &str, bots: bool, (from_ms, to_ms): (i64, i64)) -> String {
    sql.replace("${site:sqlstring}", &text_literal(site))
        .replace("${path:sqlstring}", "''")
        .replace("${tz:sqlstring}", &text_literal(tz))
        .replace("${bots:sqlstring}", if bots { "'1'" } else { "'0'" })
        .replace("$__fromTime_ms", &format!("fromUnixTimestamp64Milli({from_ms})"))
        .replace("$__toTime_ms", &format!("fromUnixTimestamp64Milli({to_ms})"))
}

pub(crate) fn files(connection: &Connection) -> BTreeMap<PathBuf, String> {
    let of_dashboard = |dashboard: &Dashboard| {
        let path = format!("dashboards/{}.json", dashboard.key);
        (path.into(), files::json(&body(dashboard, connection)))
    };
    let mut files: BTreeMap<PathBuf, String> = catalogue::of(Tool::Grafana).map(of_dashboard).collect();
    files.insert(
        "provisioning/datasources/clickpath.yaml".into(),
        datasources(connection),
    );
    files.insert("provisioning/dashboards/clickpath.yaml".into(), PROVIDERS.to_owned());
    files
}

/// The model of a dashboard, as its JSON file and the API's `dashboard` have it.
pub fn body(dashboard: &Dashboard, connection: &Connection) -> Value {
    let asks_clickhouse = dashboard
        .cards()
        .any(|card| !matches!(card.source, Source::Prometheus { .. }));
    let variables = if asks_clickhouse {
        variables(connection)
    } else {
        Vec::new()
    };
    let (from, refresh) = if asks_clickhouse {
        ("now-30d", "")
    } else {
        ("now-1h", "30s")
    };
    json!({
        "uid": dashboard.key,
        "title": dashboard.title,
        "description": dashboard.description,
        "tags": ["clickpath"],
        "editable": false,
        "graphTooltip": 1,
        "schemaVersion": 41,
        "version": 1,
        "time": {"from": from, "to": "now"},
        "timepicker": {},
        "timezone": "utc",
        "refresh": refresh,
        "annotations": {"list": []},
        "links": [],
        "templating": {"list": variables},
        "panels": panel::all(dashboard),
    })
}

fn variables(connection: &Connection) -> Vec<Value> {
    let sites = "SELECT DISTINCT site FROM ledger ORDER BY site";
    let site = &connection.default_site;
    vec![
        json!({
            "name": "site", "label": "Site", "type": "query", "hide": 0,
            "datasource": {"type": CLICKHOUSE, "uid": CLICKHOUSE_UID},
            "query": sites, "regex": "", "refresh": 1, "sort": 0,
            "includeAll": false, "multi": false, "options": [],
            "current": {"text": site, "value": site},
        }),
        json!({
            "name": "tz", "label": "Days of", "type": "textbox", "hide": 0,
            "query": "UTC", "options": [{"text": "UTC", "value": "UTC", "selected": true}],
            "current": {"text": "UTC", "value": "UTC"},
        }),
        json!({
            "name": "bots", "label": "Bots", "type": "custom", "hide": 0,
            "query": "left out : 0, counted : 1", "includeAll": false, "multi": false,
            "options": [
                {"text": "left out", "value": "0", "selected": true},
                {"text": "counted", "value": "1", "selected": false},
            ],
            "current": {"text": "left out", "value": "0"},
        }),
        json!({
            "name": "path", "label": "Page of the heatmap", "type": "textbox", "hide": 0, "description": "Empty: all pages.",
            "query": "", "options": [{"text": "", "value": "", "selected": true}], "current": {"text": "", "value": ""},
        }),
    ]
}

/// A datasource as the API takes it; the password apart, which never comes back.
pub(crate) fn clickhouse_datasource(connection: &Connection) -> Value {
    json!({
        "name": "Clickpath",
        "type": CLICKHOUSE,
        "uid": CLICKHOUSE_UID,
        "access": "proxy",
        "isDefault": true,
        "jsonData": {
            "host": connection.source_host,
            "port": connection.source_port,
            "protocol": "http",
            "secure": connection.source_tls,
            "username": connection.source_user,
            "defaultDatabase": connection.source_database,
            "queryTimeout": "30",
        },
        "secureJsonData": {"password": connection.source_password},
    })
}

pub(crate) fn prometheus_datasource(connection: &Connection) -> Value {
    json!({
        "name": "Clickpath services",
        "type": "prometheus",
        "uid": PROMETHEUS_UID,
        "access": "proxy",
        "isDefault": false,
        "url": connection.prometheus_url,
        "jsonData": {"httpMethod": "POST", "timeInterval": "15s"},
    })
}

fn datasources(connection: &Connection) -> String {
    let Connection {
        source_host,
        source_port,
        source_tls,
        source_database,
        source_user,
        prometheus_url,
        ..
    } = connection;
    format!(
        "# Generated by `clickpath dashboards generate`.
apiVersion: 1
datasources:
  - name: Clickpath
    type: {CLICKHOUSE}
    uid: {CLICKHOUSE_UID}
    access: proxy
    isDefault: true
    editable: false
    jsonData:
      host: {source_host}
      port: {source_port}
      protocol: http
      secure: {source_tls}
      username: {source_user}
      defaultDatabase: {source_database}
      queryTimeout: \"30\"
    secureJsonData:
      password: $CLICKHOUSE_VIEWER_PASSWORD
  - name: Clickpath services
    type: prometheus
    uid: {PROMETHEUS_UID}
    access: proxy
    editable: false
    url: {prometheus_url}
    jsonData:
      httpMethod: POST
      timeInterval: 15s
"
    )
}

const PROVIDERS: &str = "# Generated by `clickpath dashboards generate`.
apiVersion: 1
providers:
  - name: clickpath
    folder: Clickpath
    type: file
    disableDeletion: true
    allowUiUpdates: false
    updateIntervalSeconds: 30
    options:
      path: /etc/grafana/dashboards
";
