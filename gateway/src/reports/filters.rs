//! Reports of some visits only: of a channel, a country, a page, or of bots alone.
//!
//! A metric's query stays as it is. The engine is told to see fewer rows of the tables that it reads (`additional_table_filters`):
//! of `sessions` those with the value, of the other tables the rows of such sessions, of tables of users those who began one in the
//! period. A value is given in hexadecimal digits, so that none becomes part of a query.

use std::collections::BTreeSet;

use event::Timestamp;
use warehouse::{Metric, text_literal};

use super::period::Period;
use crate::query::{BadParameter, Query, refuse};

/// What stands for "not known" in a parameter, where nothing stands for "not given".
const NONE: &str = "(none)";
const VALUE_CHARACTERS: usize = 1_000;

/// A parameter by which visits are told apart.
pub(super) struct Filter {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// The condition on `sessions`, with `?` for the value.
    session: &'static str,
    /// On tables that have the page of each row; without it they are asked by session.
    page: bool,
}

const fn of_session(name: &'static str, session: &'static str, description: &'static str) -> Filter {
    Filter {
        name,
        description,
        session,
        page: false,
    }
}

pub(super) const FILTERS: [Filter; 8] = [
    of_session(
        "channel",
        "splitByChar(char(31), substring(first_event, 19))[1] = ?",
        "only sessions that came by this channel",
    ),
    of_session(
        "referrer",
        "splitByChar(char(31), substring(first_event, 19))[3] = ?",
        "only sessions that came from this domain",
    ),
    of_session(
        "campaign",
        "splitByChar(char(31), substring(first_event, 19))[6] = ?",
        "only sessions with this utm_campaign",
    ),
    of_session("country", "country = ?", "only sessions of this country"),
    of_session("device", "device_type = ?", "only sessions on this type of device"),
    of_session("browser", "browser = ?", "only sessions with this browser"),
    of_session("os", "os = ?", "only sessions on this operating system"),
    Filter {
        name: "page",
        description: "only this path; of metrics by session, those that viewed it",
        session: "arrayExists(page -> substring(page, 14) = ?, pages)",
        page: true,
    },
];

/// A table that metrics read, and how its rows are known to belong to a session.
struct Table {
    name: &'static str,
    rows: Rows,
    /// Where a row has a page.
    path: Option<&'static str>,
    knows_bots: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rows {
    Sessions,
    /// With a `session_id`.
    OfSessions,
    /// With a `user_id`.
    OfUsers,
    /// They tell neither.
    Anonymous,
}

const TABLES: [Table; 14] = [
    table("sessions", Rows::Sessions, None),
    table("sessions_view", Rows::OfSessions, None),
    table("session_pages", Rows::OfSessions, Some("path")),
    table("session_elements", Rows::OfSessions, Some("path")),
    table("events", Rows::OfSessions, Some("path(url)")),
    table("orders_view", Rows::OfSessions, None),
    table("outcomes", Rows::OfSessions, None),
    table("daily_users", Rows::OfUsers, None),
    table("user_first_seen", Rows::OfUsers, None),
    table("heatmap", Rows::Anonymous, Some("path")),
    table("latency", Rows::Anonymous, None),
    table("minutes", Rows::Anonymous, None),
    table("quarters", Rows::Anonymous, None),
    Table {
        knows_bots: false,
        ..table("ledger", Rows::Anonymous, None)
    },
];

const fn table(name: &'static str, rows: Rows, path: Option<&'static str>) -> Table {
    Table {
        name,
        rows,
        path,
        knows_bots: true,
    }
}

/// Those of one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filters {
    /// By name, as they were given.
    pub(super) given: Vec<(&'static str, String)>,
    pub(super) only_bots: bool,
}

/// Whether a parameter is one of [`FILTERS`].
pub(super) fn is_filter(name: &str) -> bool {
    FILTERS.iter().any(|filter| filter.name == name)
}

/// Those that a metric's tables can be asked by.
pub(super) fn filters_of(metric: &Metric) -> impl Iterator<Item = &'static Filter> {
    let tables = tables_of(metric);
    let all_know = move |filter: &&Filter| {
        let known = tables.as_ref().filter(|tables| !tables.is_empty());
        known.is_some_and(|tables| tables.iter().all(|table| table.knows(filter)))
    };
    FILTERS.iter().filter(all_know)
}

/// The tables that a metric reads, or `None` where one is not known here.
fn tables_of(metric: &Metric) -> Option<Vec<&'static Table>> {
    let words: Vec<&str> = metric.sql.split_whitespace().collect();
    // `minutes AS m` is a table, `several AS (SELECT …)` is none.
    let is_common_table = |name: &str| {
        words
            .windows(3)
            .any(|three| three[..2] == [name, "AS"] && three[2].starts_with('('))
    };
    let is_of_tables = |at: usize| ["FROM", "JOIN"].contains(&words[at]) && words[at - 1] != "ARRAY";
    let after = (1..words.len() - 1)
        .filter(|at| is_of_tables(*at))
        .map(|at| words[at + 1]);
    // Functions and subqueries have brackets: what `WITH FILL` begins at, and what is read further inside.
    let names = after
        .map(|name| name.trim_end_matches(')'))
        .filter(|name| !name.contains('(') && !is_common_table(name));
    names
        .map(|name| TABLES.iter().find(|table| table.name == name))
        .collect()
}

/// What a metric calls a table. Where it has a name of its own for it, it reads the rows under this, and of the table itself only in which parts
/// they are: that must stay true whatever rows a report is of.
fn name_of<'m>(table: &Table, metric: &'m Metric) -> &'m str {
    let words: Vec<&str> = metric.sql.split_whitespace().collect();
    let named = words
        .windows(4)
        .find(|four| ["FROM", "JOIN"].contains(&four[0]) && four[1..3] == [table.name, "AS"]);
    named.map_or(table.name, |four| four[3])
}

impl Table {
    fn knows(&self, filter: &Filter) -> bool {
        self.rows != Rows::Anonymous || (filter.page && self.path.is_some())
    }
}

impl Filters {
    pub(super) fn read(query: &Query, metric: &Metric, only_bots: bool) -> Result<Self, BadParameter> {
        let mut given = Vec::new();
        for filter in &FILTERS {
            let Some(value) = query.get(filter.name) else { continue };
            if !filters_of(metric).any(|known| known.name == filter.name) {
                let message = "does not narrow this metric; /reports/ lists each metric's filters";
                return Err(refuse(filter.name, message));
            }
            if value.chars().count() > VALUE_CHARACTERS {
                return Err(refuse(filter.name, "must have no more than 1000 characters"));
            }
            given.push((filter.name, value.to_owned()));
        }
        Ok(Self { given, only_bots })
    }

    /// The value of ClickHouse's setting `additional_table_filters`; `None` where every row is seen.
    pub(super) fn setting(&self, metric: &Metric, site: Option<&str>, period: Period) -> Option<String> {
        if *self == Self::default() {
            return None;
        }
        let tables = tables_of(metric)?.into_iter().filter_map(|table| {
            let condition = self.condition(table, site, period)?;
            let name = name_of(table, metric);
            Some(format!("{}: {}", text_literal(name), text_literal(&condition)))
        });
        let tables: BTreeSet<String> = tables.collect();
        let tables: Vec<String> = tables.into_iter().collect();
        (!tables.is_empty()).then(|| format!("{{{}}}", tables.join(", ")))
    }

    fn condition(&self, table: &Table, site: Option<&str>, period: Period) -> Option<String> {
        let mut conditions = Vec::new();
        if self.only_bots && table.knows_bots {
            conditions.push("is_bot".to_owned());
        }
        let mut of_sessions = Vec::new();
        for (name, value) in &self.given {
            let filter = FILTERS.iter().find(|filter| filter.name == *name)?;
            let value = hexadecimal(if value == NONE { "" } else { value });
            match (filter.page, table.path) {
                (true, Some(path)) => conditions.push(format!("{path} = {value}")),
                _ => of_sessions.push(filter.session.replace('?', &value)),
            }
        }
        if !of_sessions.is_empty() {
            let matching = of_sessions.join(" AND ");
            conditions.push(match table.rows {
                Rows::Sessions => matching,
                Rows::OfSessions => {
                    // An order is paid and delivered long after the session, whose end the back end's events move.
                    let sessions = sessions(site, &format!("first_at < {}", moment(period.to)), &matching);
                    format!("session_id IN (SELECT session_id {sessions})")
                }
                Rows::OfUsers => {
                    let begun = format!(
                        "first_at >= {} AND first_at < {}",
                        moment(period.from),
                        moment(period.to)
                    );
                    let sessions = sessions(site, &begun, &matching);
                    format!("user_id IN (SELECT user_id {sessions} AND user_id != '')")
                }
                // `read` lets none of these come here.
                Rows::Anonymous => return None,
            });
        }
        (!conditions.is_empty()).then(|| conditions.join(" AND "))
    }
}

fn sessions(site: Option<&str>, begun: &str, matching: &str) -> String {
    let site = site.map_or_else(String::new, |site| format!("site = {} AND ", hexadecimal(site)));
    format!("FROM sessions FINAL WHERE {site}{begun} AND {matching}")
}

/// A text as ClickHouse's expression, of hexadecimal digits whatever is in it.
fn hexadecimal(text: &str) -> String {
    let digits: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("unhex('{digits}')")
}

fn moment(at: Timestamp) -> String {
    format!("fromUnixTimestamp64Milli({})", at.0)
}

#[cfg(test)]
mod tests {
    use warehouse::metric::metrics;
    use warehouse::migrate::{Graph, embedded};

    use super::*;

    fn metric(name: &str) -> &'static Metric {
        metrics().iter().find(|metric| metric.name == name).unwrap()
    }

    fn setting(name: &str, query: &str) -> Option<String> {
        let query = Query::read(query, |_| true, "").unwrap();
        let period = Period {
            from: Timestamp(1_000),
            to: Timestamp(2_000),
        };
        let filters = Filters::read(&query, metric(name), query.get("bots") == Some("only")).unwrap();
        filters.setting(metric(name), Some("shop"), period)
    }

    #[track_caller]
    fn check(name: &str, query: &str, expect: &str) {
        assert_eq!(setting(name, query).as_deref(), Some(expect), "{name}?{query}");
    }

    #[test]
    fn narrows_the_tables_that_a_metric_reads() {
        check("channels", "country=DE", r"{'sessions': 'country = unhex(\'4445\')'}");
        check("heatmap", "page=/a", r"{'heatmap': 'path = unhex(\'2f61\')'}");
        check("live", "bots=only", "{'events': 'is_bot'}");
        check(
            "dau",
            "os=(none)",
            r"{'daily_users': 'user_id IN (SELECT user_id FROM sessions FINAL WHERE site = unhex(\'73686f70\') AND first_at >= fromUnixTimestamp64Milli(1000) AND first_at < fromUnixTimestamp64Milli(2000) AND os = unhex(\'\') AND user_id != \'\')'}",
        );
        assert_eq!(setting("channels", "from=7d"), None);
        check("page_elements", "page=/a", r"{'pairs': 'path = unhex(\'2f61\')'}");
    }

    /// A filter is of one name: it would miss what is read under another.
    #[test]
    fn metrics_read_rows_of_a_table_under_one_name() {
        for metric in metrics() {
            let words: Vec<&str> = metric.sql.split_whitespace().collect();
            for table in tables_of(metric).unwrap() {
                let name = name_of(table, metric);
                let reads = words
                    .windows(4)
                    .filter(|four| ["FROM", "JOIN"].contains(&four[0]) && four[1] == table.name);
                let others = reads
                    .filter(|four| name != table.name && four[2..4] != ["AS", name] && four[2..4] != ["GROUP", "BY"]);
                assert_eq!(others.count(), 0, "{}: {name}", metric.name);
            }
        }
    }

    #[test]
    fn values_are_digits_whatever_they_say() {
        let setting = setting("channels", "channel=%27)%20OR%201%20--\\'").unwrap();
        assert!(
            setting.ends_with(r"= unhex(\'2729204f522031202d2d5c27\')'}"),
            "{setting}"
        );
    }

    #[test]
    fn refuses_what_a_metric_cannot_tell() {
        let query = Query::read("country=DE", |_| true, "").unwrap();
        for name in ["latency", "heatmap", "duplicate_share"] {
            let error = Filters::read(&query, metric(name), false).unwrap_err();
            assert_eq!(error.parameter, "country", "{name}");
        }
        let names: Vec<_> = filters_of(metric("heatmap")).map(|filter| filter.name).collect();
        assert_eq!(names, ["page"]);
    }

    #[test]
    fn knows_the_tables_of_every_metric() {
        let unknown: Vec<_> = metrics().iter().filter(|metric| tables_of(metric).is_none()).collect();
        let names: Vec<_> = unknown.iter().map(|metric| &*metric.name).collect();
        assert_eq!(names, [""; 0], "a table is missing in TABLES");
    }

    #[test]
    fn names_only_tables_that_there_are() {
        let schema = Graph::of(&embedded().unwrap());
        let gone = TABLES
            .iter()
            .map(|table| table.name)
            .filter(|name| !schema.nodes().contains_key(*name));
        assert_eq!(gone.collect::<Vec<_>>(), [""; 0], "no migration makes these");
    }
}
