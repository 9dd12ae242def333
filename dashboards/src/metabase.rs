//! Metabase: native questions whose parameters are template tags, and dashboards with tabs that set them.

mod body;
mod provision;
mod visual;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};
use warehouse::text_literal;

use crate::Connection;
use crate::catalogue;
use crate::files;
use crate::model::{Card, Dashboard, Tool};
use crate::sql::Asked;
use crate::stable;

pub use body::{card as card_body, dashboard as dashboard_body};
pub use provision::{Done, Settings, provision};

/// Template tags. A day of `from` and `to` is one of the zone `tz`, both are included; without them it is the last thirty days with
/// today.
pub fn asked() -> Asked {
    let midnight = |tag: &str, otherwise: &str, days: &str| {
        format!(
            "toDateTime64(toDateTime(coalesce([[toDate({{{{{tag}}}}}), ]]toDate(now(), {{{{tz}}}}){otherwise}){days}, {{{{tz}}}}), 3, 'UTC')"
        )
    };
    Asked {
        site: "{{site}}".to_owned(),
        from: midnight("from", " - 29", ""),
        to: midnight("to", "", " + 1"),
        tz: "{{tz}}".to_owned(),
        bots: "toUInt8({{bots}})".to_owned(),
        path: "coalesce([[{{path}}, ]]'')".to_owned(),
    }
}

/// What Metabase makes of a query: a literal for each tag, and an optional part only where its tag has a value. Days are `2026-11-22`.
pub fn substituted(sql: &str, site: &str, tz: &str, bots: bool, days: Option<(&str, &str)>) -> String {
    let mut text = String::new();
    let mut rest = sql;
    while let Some((before, after)) = rest.split_once("[[") {
        text.push_str(before);
        let (optional, after) = after.split_once("]]").unwrap_or((after, ""));
        if days.is_some() {
            text.push_str(optional);
        }
        rest = after;
    }
    text.push_str(rest);
    let (from, to) = days.unwrap_or_default();
    text.replace("{{site}}", &text_literal(site))
        .replace("{{tz}}", &text_literal(tz))
        .replace("{{bots}}", if bots { "1" } else { "0" })
        .replace("{{path}}", "''")
        .replace("{{from}}", &text_literal(from))
        .replace("{{to}}", &text_literal(to))
}

pub(crate) fn files(connection: &Connection) -> BTreeMap<PathBuf, String> {
    let of_dashboard = |dashboard: &Dashboard| {
        let path = format!("{}.json", dashboard.key);
        (path.into(), files::json(&bodies(dashboard, connection)))
    };
    catalogue::of(Tool::Metabase).map(of_dashboard).collect()
}

/// The requests' bodies as they are sent, but for the ids that Metabase gives: 0 stands for database and collection, and a
/// card's place in the list for its id.
fn bodies(dashboard: &Dashboard, connection: &Connection) -> Value {
    let cards: Vec<_> = dashboard
        .cards()
        .map(|card| card_body(dashboard, card, connection, 0, 0))
        .collect();
    let ids: Vec<_> = (0..).take(cards.len()).collect();
    json!({
        "cards": cards,
        "dashboard": dashboard_body(dashboard, connection, 0, &ids, &body::Present::default()),
    })
}

/// The id by which a card is found again.
fn entity_id(dashboard: &Dashboard, card: &Card) -> String {
    stable::nano_id("metabase card", &dashboard.card_key(card))
}
