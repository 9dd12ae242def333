use serde_json::{Map, Value, json};

use super::{DEFAULT_PERIOD, SITES, chart_uuid, dataset_uuid};
use crate::Connection;
use crate::model::{Card, Dashboard, Place, Tab};
use crate::stable;

/// Units of 8 pixels that one of our rows is high.
const ROW_UNITS: u32 = 6;

pub(super) fn body(dashboard: &Dashboard, connection: &Connection) -> Value {
    json!({
        "dashboard_title": dashboard.title,
        "description": dashboard.description,
        "css": "",
        "slug": dashboard.key,
        "certified_by": null,
        "certification_details": null,
        "published": true,
        "uuid": stable::uuid("superset dashboard", dashboard.key),
        "position": position(dashboard),
        "metadata": {
            "color_scheme": "supersetColors",
            "cross_filters_enabled": false,
            "refresh_frequency": 0,
            "timed_refresh_immune_slices": [],
            "expanded_slices": {},
            "default_filters": "{}",
            "chart_configuration": {},
            "native_filter_configuration": filters(connection),
        },
        "version": "1.0.0",
    })
}

fn filters(connection: &Connection) -> Value {
    let id = |name: &str| format!("NATIVE_FILTER-{}", stable::nano_id("superset filter", name));
    let scope = json!({"rootPath": ["ROOT_ID"], "excluded": []});
    let site = &connection.default_site;
    json!([
        {
            "id": id("period"), "name": "Period", "filterType": "filter_time", "type": "NATIVE_FILTER", "description": "",
            "targets": [{}], "scope": scope, "cascadeParentIds": [], "controlValues": {"enableEmptyFilter": false},
            "defaultDataMask": {
                "extraFormData": {"time_range": DEFAULT_PERIOD}, "filterState": {"value": DEFAULT_PERIOD}, "ownState": {},
            },
        },
        {
            "id": id("site"), "name": "Site", "filterType": "filter_select", "type": "NATIVE_FILTER", "description": "",
            "targets": [{"datasetUuid": dataset_uuid(SITES), "column": {"name": "site"}}], "scope": scope, "cascadeParentIds": [],
            "controlValues": {
                "enableEmptyFilter": true, "defaultToFirstItem": false, "multiSelect": false, "searchAllOptions": false,
                "inverseSelection": false,
            },
            "defaultDataMask": {
                "extraFormData": {"filters": [{"col": "site", "op": "IN", "val": [site]}]},
                "filterState": {"label": site, "value": [site], "validateStatus": false}, "ownState": {},
            },
        },
    ])
}

struct Layout<'a> {
    dashboard: &'a Dashboard,
    position: Map<String, Value>,
}

fn position(dashboard: &Dashboard) -> Value {
    let mut layout = Layout {
        dashboard,
        position: Map::new(),
    };
    layout.position.insert("DASHBOARD_VERSION_KEY".to_owned(), json!("v2"));
    layout.put("HEADER_ID", &[], &[], json!({"text": dashboard.title}));
    if let [tab] = dashboard.tabs {
        let rows = layout.rows(tab, &["ROOT_ID", "GRID_ID"]);
        layout.put("GRID_ID", &["ROOT_ID"], &rows, json!({}));
        layout.put("ROOT_ID", &[], &["GRID_ID".to_owned()], json!({}));
    } else {
        let tabs_id = format!("TABS-{}", stable::nano_id("superset tabs", dashboard.key));
        let mut tabs = Vec::new();
        for tab in dashboard.tabs {
            let name = format!("{}/{}", dashboard.key, tab.title);
            let id = format!("TAB-{}", stable::nano_id("superset tab", &name));
            let rows = layout.rows(tab, &["ROOT_ID", &tabs_id, &id]);
            layout.put(&id, &["ROOT_ID", &tabs_id], &rows, json!({"text": tab.title}));
            tabs.push(id);
        }
        layout.put(&tabs_id, &["ROOT_ID"], &tabs, json!({}));
        layout.put("GRID_ID", &["ROOT_ID"], &[], json!({}));
        layout.put("ROOT_ID", &[], &[tabs_id], json!({}));
    }
    Value::Object(layout.position)
}

impl Layout<'_> {
    /// A part, whose kind its id begins with: `ROW-…`, `GRID_ID`.
    fn put(&mut self, id: &str, parents: &[&str], children: &[String], meta: Value) {
        let kind = id.split(['-', '_']).next();
        let value = json!({"id": id, "type": kind, "parents": parents, "children": children, "meta": meta});
        self.position.insert(id.to_owned(), value);
    }

    /// Ids of the rows.
    fn rows(&mut self, tab: &Tab, parents: &[&str]) -> Vec<String> {
        let mut rows: Vec<(u32, Vec<(&Card, Place)>)> = Vec::new();
        for (card, place) in tab.places() {
            match rows.last_mut() {
                Some((row, cards)) if *row == place.row => cards.push((card, place)),
                _ => rows.push((place.row, vec![(card, place)])),
            }
        }
        let mut ids = Vec::new();
        for (row, cards) in rows {
            let name = format!("{}/{}/{row}", self.dashboard.key, tab.title);
            let id = format!("ROW-{}", stable::nano_id("superset row", &name));
            let mut inside = parents.to_vec();
            inside.push(&id);
            let charts: Vec<_> = cards
                .iter()
                .map(|(card, place)| self.chart(card, *place, &inside))
                .collect();
            self.put(&id, parents, &charts, json!({"background": "BACKGROUND_TRANSPARENT"}));
            ids.push(id);
        }
        ids
    }

    fn chart(&mut self, card: &Card, place: Place, parents: &[&str]) -> String {
        let uuid = chart_uuid(self.dashboard, card);
        let id = format!(
            "CHART-{}",
            stable::nano_id("superset place", &self.dashboard.card_key(card))
        );
        let meta = json!({
            // Replaced by the import, which goes by the UUID.
            "chartId": 0,
            "uuid": uuid,
            "sliceName": card.title(),
            "width": place.width / 2,
            "height": u32::from(place.height) * ROW_UNITS,
        });
        self.put(&id, parents, &[], meta);
        id
    }
}
