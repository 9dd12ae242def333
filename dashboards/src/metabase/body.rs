use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{asked, entity_id, visual};
use crate::Connection;
use crate::model::{Card, Dashboard};
use crate::sql;
use crate::stable;

/// Ids of what a dashboard has already, so that an update changes it in place.
#[derive(Debug, Default)]
pub struct Present {
    /// By name.
    pub tabs: BTreeMap<String, i64>,
    /// Of the dashcard, by its card's id and its tab's name.
    pub cards: BTreeMap<(i64, String), i64>,
}

struct Filter {
    tag: &'static str,
    name: &'static str,
    /// Of the template tag.
    tag_type: &'static str,
    /// Of the dashboard's parameter.
    parameter_type: &'static str,
    section: &'static str,
    default: Option<String>,
}

fn filters(connection: &Connection) -> [Filter; 6] {
    let filter = |tag, name, tag_type, parameter_type, section, default: Option<&str>| Filter {
        tag,
        name,
        tag_type,
        parameter_type,
        section,
        default: default.map(str::to_owned),
    };
    [
        filter(
            "site",
            "Site",
            "text",
            "string/=",
            "string",
            Some(&connection.default_site),
        ),
        filter("from", "From", "date", "date/single", "date", None),
        filter("to", "To", "date", "date/single", "date", None),
        filter("tz", "Days of", "text", "string/=", "string", Some("UTC")),
        filter("bots", "Bots (1: counted)", "number", "number/=", "number", Some("0")),
        filter("path", "Page of the heatmap", "text", "string/=", "string", None),
    ]
}

/// `POST /api/card` and `PUT /api/card/:id`.
pub fn card(dashboard: &Dashboard, card: &Card, connection: &Connection, database: i64, collection: i64) -> Value {
    let key = dashboard.card_key(card);
    let asks_for = sql::asks_for(card);
    let tags: Map<String, Value> = filters(connection)
        .into_iter()
        .filter(|filter| asks_for.contains(&filter.tag))
        .map(|filter| (filter.tag.to_owned(), template_tag(&filter, &key)))
        .collect();
    let drawn = visual::drawn(card);
    json!({
        "name": card.title(),
        "description": card.description(),
        "type": "question",
        "display": drawn.display,
        "collection_id": collection,
        "entity_id": entity_id(dashboard, card),
        "visualization_settings": drawn.settings,
        "dataset_query": {
            "type": "native",
            "database": database,
            "native": {
                "query": sql::query_of(card, &asked()),
                "template-tags": tags,
            },
        },
    })
}

fn template_tag(filter: &Filter, card: &str) -> Value {
    let mut tag = json!({
        "id": stable::uuid("metabase tag", &format!("{card}/{}", filter.tag)),
        "name": filter.tag,
        "display-name": filter.name,
        "type": filter.tag_type,
    });
    if let Some(default) = &filter.default {
        tag["default"] = json!(default);
        tag["required"] = json!(true);
    }
    tag
}

/// `PUT /api/dashboard/:id`: replaces all tabs and cards, those in `present` in place. `ids` are the cards', in the dashboard's order.
pub fn dashboard(
    dashboard: &Dashboard,
    connection: &Connection,
    collection: i64,
    ids: &[i64],
    present: &Present,
) -> Value {
    let mut next_new = -1;
    let mut new = || {
        next_new -= 1;
        next_new + 1
    };
    let has_tabs = dashboard.tabs.len() > 1;
    let mut tabs = Vec::new();
    let mut dashcards = Vec::new();
    let mut ids = ids.iter();
    for tab in dashboard.tabs {
        let tab_id = present.tabs.get(tab.title).copied().unwrap_or_else(&mut new);
        for (card, place) in tab.places() {
            let Some(card_id) = ids.next() else { break };
            let key = (*card_id, if has_tabs { tab.title.to_owned() } else { String::new() });
            let mut dashcard = json!({
                "id": present.cards.get(&key).copied().unwrap_or_else(&mut new),
                "card_id": card_id,
                "row": place.row,
                "col": place.column,
                "size_x": place.width,
                "size_y": place.height,
                "series": [],
                "visualization_settings": {},
                "parameter_mappings": mappings(card, *card_id),
            });
            if has_tabs {
                dashcard["dashboard_tab_id"] = json!(tab_id);
            }
            dashcards.push(dashcard);
        }
        if has_tabs {
            tabs.push(json!({"id": tab_id, "name": tab.title}));
        }
    }
    json!({
        "name": dashboard.title,
        "description": dashboard.description,
        "collection_id": collection,
        "width": "full",
        "parameters": parameters(connection),
        "tabs": tabs,
        "dashcards": dashcards,
    })
}

/// `POST /api/dashboard`: empty, it is filled by the update.
pub(super) fn new_dashboard(dashboard: &Dashboard, collection: i64) -> Value {
    json!({
        "name": dashboard.title,
        "description": dashboard.description,
        "collection_id": collection,
    })
}

fn parameters(connection: &Connection) -> Vec<Value> {
    let parameter = |filter: Filter| {
        let mut parameter = json!({
            "id": filter.tag,
            "name": filter.name,
            "slug": filter.tag,
            "type": filter.parameter_type,
            "sectionId": filter.section,
        });
        if let Some(default) = &filter.default {
            let default = match filter.tag_type {
                "number" => json!([default.parse::<u8>().unwrap_or(0)]),
                _ => json!([default]),
            };
            parameter["default"] = default;
            parameter["required"] = json!(true);
        }
        parameter
    };
    filters(connection).into_iter().map(parameter).collect()
}

fn mappings(card: &Card, card_id: i64) -> Vec<Value> {
    let mapping =
        |tag: &str| json!({"parameter_id": tag, "card_id": card_id, "target": ["variable", ["template-tag", tag]]});
    sql::asks_for(card).into_iter().map(mapping).collect()
}
