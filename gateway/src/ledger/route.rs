use axum::Json;
use axum::extract::{self, RawQuery};
use axum::response::{IntoResponse, Response};
use event::Timestamp;
use serde::Serialize;
use url::form_urlencoded;
use warehouse::{Ledger, LedgerEntry, MetricError};

use super::Minute;
use crate::State;
use crate::caching::no_store;
use crate::moment;
use crate::reports::ReportsError;
use crate::roles::Reader;
use crate::sites::Sites;

const HOUR_MS: i64 = 3_600_000;
const MAX_PERIOD_MS: i64 = 7 * 24 * HOUR_MS;

#[derive(Serialize)]
struct Answer {
    from: String,
    to: String,
    /// What was received before this moment is stored or missing; `null` before a loader said how far it is.
    settled_until: Option<String>,
    totals: Counts,
    entries: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    site: String,
    minute: String,
    #[serde(flatten)]
    counts: Counts,
}

/// accepted + unreported = stored + duplicates + quarantined + erased + in_flight + gap
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Counts {
    received: u64,
    accepted: u64,
    rejected: u64,
    deferred: u64,
    stored: u64,
    duplicates: u64,
    quarantined: u64,
    erased: u64,
    in_flight: u64,
    unreported: u64,
    gap: u64,
}

/// `GET /ledger?site=&from=&to=`: where the events are, by minute and site; the last hour without `from` and `to`.
pub(crate) async fn ledger(
    extract::State(state): extract::State<State>,
    Reader(caller): Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, ReportsError> {
    let mut period = Period::read(query.as_deref().unwrap_or(""), &state.sites, (state.clock)())?;
    period.site = caller.site(period.site)?;
    let found = state
        .warehouse
        .ledger(period.site.as_deref(), period.from.0, period.to.0)
        .await;
    let ledger = found.map_err(MetricError::Warehouse)?;
    Ok((no_store(), Json(answer(&period, ledger))).into_response())
}

struct Period {
    site: Option<String>,
    from: Timestamp,
    to: Timestamp,
}

impl Period {
    /// An empty value counts as not given.
    fn read(query: &str, sites: &Sites, now: Timestamp) -> Result<Self, ReportsError> {
        let (mut site, mut from, mut to) = (None, None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "site" | "from" | "to" if value.is_empty() => {}
                "site" if sites.find(&value).is_none() => return Err(refuse(&name, "is not configured here")),
                "site" => site = Some(value.into_owned()),
                "from" => from = Some(read_moment(&name, &value, now)?),
                "to" => to = Some(read_moment(&name, &value, now)?),
                _ => return Err(refuse(&name, "is not known: site, from and to are")),
            }
        }
        let to = to.unwrap_or(now);
        let from = from.unwrap_or(Timestamp(to.0 - HOUR_MS));
        if from >= to {
            return Err(refuse("from", "must lie before to"));
        }
        if to.0 - from.0 > MAX_PERIOD_MS {
            return Err(refuse("from", "must lie no more than 7 days before to"));
        }
        // Whole minutes: half of one's events against all of its counts would show a difference that is none.
        Ok(Self {
            site,
            from: Timestamp(Minute::of(from).begins_ms()),
            to: Timestamp(Minute::of(Timestamp(to.0 - 1)).ends_ms()),
        })
    }
}

fn read_moment(parameter: &str, text: &str, now: Timestamp) -> Result<Timestamp, ReportsError> {
    let message = "must be an RFC 3339 moment, milliseconds since 1970, or a time ago such as 15m, 2h or 7d";
    moment::parse_or_ago(text, now).ok_or_else(|| refuse(parameter, message))
}

fn refuse(parameter: &str, message: &'static str) -> ReportsError {
    ReportsError::Parameter {
        parameter: parameter.chars().take(64).collect(),
        message,
    }
}

fn answer(period: &Period, ledger: Ledger) -> Answer {
    let mut totals = Counts::default();
    let entries = ledger.entries.into_iter().map(|entry| {
        let counts = Counts::of(&entry);
        totals += counts;
        Line {
            minute: Timestamp(i64::from(entry.minute) * 1_000).to_string(),
            site: entry.site,
            counts,
        }
    });
    let entries = entries.collect();
    Answer {
        from: period.from.to_string(),
        to: period.to.to_string(),
        settled_until: ledger.settled_until_ms.map(|until| Timestamp(until).to_string()),
        totals,
        entries,
    }
}

impl Counts {
    fn of(entry: &LedgerEntry) -> Self {
        Self {
            received: entry.received,
            accepted: entry.accepted,
            rejected: entry.rejected,
            deferred: entry.deferred,
            stored: entry.stored,
            duplicates: entry.duplicates,
            quarantined: entry.quarantined,
            erased: entry.erased,
            in_flight: entry.in_flight,
            unreported: entry.unreported,
            gap: entry.gap,
        }
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.received += other.received;
        self.accepted += other.accepted;
        self.rejected += other.rejected;
        self.deferred += other.deferred;
        self.stored += other.stored;
        self.duplicates += other.duplicates;
        self.quarantined += other.quarantined;
        self.erased += other.erased;
        self.in_flight += other.in_flight;
        self.unreported += other.unreported;
        self.gap += other.gap;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_341_600_000);

    fn read(query: &str) -> Result<(Option<String>, String, String), String> {
        let sites = Sites::demo("127.0.0.1:8080".parse().unwrap());
        let period = Period::read(query, &sites, NOW).map_err(|error| error.to_string())?;
        Ok((period.site, period.from.to_string(), period.to.to_string()))
    }

    #[test]
    fn shows_last_hour_of_all_sites_by_default() {
        let (site, from, to) = read("site=&from=").unwrap();
        assert_eq!(
            (site, &*from, &*to),
            (None, "2026-11-22T09:00:00.000Z", "2026-11-22T10:00:00.000Z")
        );
        assert_eq!(read("site=shop&from=2h").unwrap().1, "2026-11-22T08:00:00.000Z");
    }

    #[test]
    fn shows_whole_minutes() {
        let (_, from, to) = read("from=2026-11-22T09:30:30Z&to=2026-11-22T09:31:00.001Z").unwrap();
        assert_eq!((&*from, &*to), ("2026-11-22T09:30:00.000Z", "2026-11-22T09:32:00.000Z"));
    }

    #[test]
    fn names_the_parameter_it_refuses() {
        for (query, parameter) in [
            ("site=nowhere", "site"),
            ("from=yesterday", "from"),
            ("to=12", "to"),
            ("from=2026-11-22T10:00:00Z", "from"),
            ("from=8d", "from"),
            ("sites=shop", "sites"),
        ] {
            let error = read(query).unwrap_err();
            assert!(
                error.starts_with(&format!("parameter {parameter} ")),
                "{query}: {error}"
            );
        }
    }
}
