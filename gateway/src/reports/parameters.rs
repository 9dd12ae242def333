use event::Timestamp;
use warehouse::{Metric, metric::Parameter};

use super::error::ReportsError;
use super::filters::{Filters, is_filter};
use super::period::{Bound, Period};
use super::typed::typed;
use super::zone::Zone;
use crate::query::{BadParameter, Query, refuse};
use crate::roles::Caller;
use crate::sites::Sites;

pub(super) const ROWS: u32 = 100;
const MAX_ROWS: u32 = 10_000;
/// Those every report understands. One that a metric does not use is checked all the same, so that a page can send one set to all.
const COMMON: [&str; 6] = ["site", "from", "to", "tz", "bots", "limit"];

/// What a report is asked with: the metric's parameters as ClickHouse reads them, each with the value it has in the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameters {
    pub(crate) values: Vec<Value>,
    /// Without one where there is neither a default site nor a parameter.
    pub(crate) site: Option<String>,
    pub(super) period: Period,
    pub(super) filters: Filters,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) name: String,
    pub(super) r#type: String,
    /// As ClickHouse takes it.
    pub(super) value: String,
    /// As a query parameter would give it.
    pub(crate) shown: String,
}

/// Where a request comes from.
pub(crate) struct Asking<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) sites: &'a Sites,
    pub(crate) now: Timestamp,
}

pub(crate) fn is_common(name: &str) -> bool {
    COMMON.contains(&name) || is_filter(name)
}

impl Parameters {
    /// `own` names parameters that the caller of this function reads by itself.
    pub(crate) fn read(
        query: &Query,
        metric: &Metric,
        asking: &Asking<'_>,
        own: &[&str],
    ) -> Result<Self, ReportsError> {
        let is_the_metrics = |name: &str| metric.parameters.iter().any(|parameter| parameter.name == name);
        let known = |name: &str| is_common(name) || own.contains(&name) || is_the_metrics(name);
        if let Some((name, _)) = query.iter().find(|(name, _)| !known(name)) {
            return Err(unknown(name).into());
        }
        let site = site(query.get("site"), asking)?;
        let zone = Zone::find(query.get("tz").unwrap_or("UTC")).ok_or_else(|| {
            refuse(
                "tz",
                "must be the name of a time zone, such as Europe/Berlin or Asia/Yekaterinburg, or UTC",
            )
        })?;
        let bound = |name| Bound::read(name, query.get(name), &zone, asking.now);
        let period = Period::of(bound("from")?, bound("to")?, metric, asking.now)?;
        let bots = Bots::read(query)?;
        let filters = Filters::read(query, metric, bots == Bots::Only)?;
        let message = "must be a number from 1 to 10000";
        let limit = query.parsed("limit", message, |text| {
            let rows: u32 = text.parse().ok()?;
            (1..=MAX_ROWS).contains(&rows).then_some(rows)
        })?;
        let mut values = Vec::with_capacity(metric.parameters.len());
        for parameter in &metric.parameters {
            let (value, shown) = match &*parameter.name {
                "site" => both(
                    site.clone()
                        .ok_or_else(|| refuse("site", "is required: there is no default site"))?,
                ),
                "from" => (date_time(period.from), period.from.to_string()),
                "to" => (date_time(period.to), period.to.to_string()),
                "tz" => both(zone.name().to_owned()),
                "bots" => (u8::from(bots != Bots::Without).to_string(), bots.shown().to_owned()),
                "limit" => both(limit.unwrap_or(ROWS).to_string()),
                _ => extra(metric, parameter, query.get(&parameter.name))?,
            };
            values.push(Value {
                name: parameter.name.clone(),
                r#type: parameter.r#type.clone(),
                value,
                shown,
            });
        }
        Ok(Self {
            values,
            site,
            period,
            filters,
        })
    }

    /// Which rows the engine is to see: see [`Filters::setting`].
    pub(crate) fn seen(&self, metric: &Metric) -> Option<String> {
        self.filters.setting(metric, self.site.as_deref(), self.period)
    }

    /// For [`warehouse::Warehouse::report`].
    pub(crate) fn given(&self) -> Vec<(&str, &str)> {
        self.values.iter().map(|value| (&*value.name, &*value.value)).collect()
    }
}

/// Whose numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bots {
    Without,
    Too,
    Only,
}

impl Bots {
    fn read(query: &Query) -> Result<Self, BadParameter> {
        let read = |text: &str| match text {
            "0" | "false" => Some(Self::Without),
            "1" | "true" => Some(Self::Too),
            "only" => Some(Self::Only),
            _ => None,
        };
        let bots = query.parsed("bots", "must be 0, 1 or only", read)?;
        Ok(bots.unwrap_or(Self::Without))
    }

    fn shown(self) -> &'static str {
        match self {
            Self::Without => "0",
            Self::Too => "1",
            Self::Only => "only",
        }
    }
}

pub(crate) fn unknown(name: &str) -> BadParameter {
    refuse(name, "is not known here; /reports/ lists each metric's parameters")
}

fn both(text: String) -> (String, String) {
    (text.clone(), text)
}

fn site(asked: Option<&str>, asking: &Asking<'_>) -> Result<Option<String>, ReportsError> {
    let Asking { caller, sites, .. } = asking;
    if asked.is_some_and(|name| sites.find(name).is_none()) {
        return Err(refuse("site", "is not configured here").into());
    }
    let default = sites.default_site().map(|site| sites.get(site).name.clone());
    let asked = match (asked, caller.sites()) {
        (Some(name), _) => Some(name.to_owned()),
        // A restricted caller's only site comes before the default one.
        (None, Some(_)) => None,
        (None, None) => default,
    };
    Ok(caller.site(asked)?)
}

/// One of the metric's own.
fn extra(metric: &Metric, parameter: &Parameter, given: Option<&str>) -> Result<(String, String), ReportsError> {
    let Some(text) = given else {
        let default = parameter.default.clone();
        return default
            .map(both)
            .ok_or_else(|| refuse(&parameter.name, "is required by this metric").into());
    };
    match typed(&parameter.r#type, text) {
        Some(Ok(value)) => Ok((value, text.to_owned())),
        Some(Err(message)) => Err(refuse(&parameter.name, message).into()),
        None => Err(ReportsError::UnservedParameter {
            metric: metric.name.clone(),
            parameter: parameter.name.clone(),
        }),
    }
}

/// `2026-11-22 10:00:00.123`, which ClickHouse reads as UTC for its `DateTime64(3, 'UTC')`.
pub(super) fn date_time(moment: Timestamp) -> String {
    moment.to_string().trim_end_matches('Z').replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_341_600_000);

    fn metric() -> Metric {
        Metric::parse(
            "steps",
            "-- title: Steps\n-- grain: one row per step\n-- parameters: site, from, to, tz, bots, limit, steps = a,b, days = 7, least\n\
             SELECT {site:String}, {from:DateTime64(3, 'UTC')}, {to:DateTime64(3, 'UTC')}, {tz:String}, {bots:UInt8}, {limit:UInt32}, \
             {steps:String}, {days:UInt8}, {least:Float64}",
        )
    }

    fn read(query: &str) -> Result<Parameters, String> {
        let sites = Sites::demo("127.0.0.1:8080".parse().unwrap());
        let asking = Asking {
            caller: &Caller::Anonymous,
            sites: &sites,
            now: NOW,
        };
        let query = Query::read(query, |_| true, "").map_err(|error| error.to_string())?;
        Parameters::read(&query, &metric(), &asking, &[]).map_err(|error| error.to_string())
    }

    fn values(query: &str) -> Vec<String> {
        let parameters = read(query).unwrap();
        parameters.values.into_iter().map(|value| value.value).collect()
    }

    #[test]
    fn fills_in_what_is_not_given() {
        let expect = [
            "shop",
            "2026-11-15 10:00:00.000",
            "2026-11-22 10:00:00.000",
            "UTC",
            "0",
            "100",
            "a,b",
            "7",
            "0.5",
        ];
        assert_eq!(values("from=&limit=&least=0.5"), expect);
    }

    #[test]
    fn reads_dates_in_the_zone() {
        let values = values("from=2026-11-01&to=2026-11-30&tz=Asia/Yekaterinburg&least=1&steps=x,y&days=255");
        assert_eq!(
            values[1..4],
            [
                "2026-10-31 19:00:00.000",
                "2026-11-30 19:00:00.000",
                "Asia/Yekaterinburg"
            ]
        );
        assert_eq!(values[6..8], ["x,y", "255"]);
    }

    #[test]
    fn names_the_parameter_it_refuses() {
        for query in [
            "site=nowhere",
            "site=shop'--",
            "from=yesterday",
            "from=2026-02-30",
            "to=12",
            "from=2026-11-22T10:00:00Z",
            "from=2016-11-22T10:00:00Z",
            "from=2026-11-23&to=2026-11-22",
            "tz=Europe/Berlin'",
            "tz=Mars/Olympus",
            "tz=../../etc/passwd",
            "bots=maybe",
            "country=DE",
            "limit=0",
            "limit=10001",
            "limit=1;DROP TABLE events",
            "days=256",
            "days=-1",
            "least=NaN",
            "least=1e999",
            "least=",
            "steps=a%00b",
            "limitt=1",
        ] {
            let parameter = query.split('=').next().unwrap();
            let rest = if parameter == "least" { "" } else { "&least=1" };
            let error = read(&format!("{query}{rest}")).expect_err(query);
            assert!(
                error.starts_with(&format!("parameter {parameter} ")),
                "{query}: {error}"
            );
        }
    }
}
