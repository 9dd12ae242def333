use event::Timestamp;
use url::form_urlencoded;
use warehouse::Metric;

use super::error::ReportsError;
use crate::sites::Sites;

/// Without `from` a report shows this long before `to`.
const PERIOD_MS: i64 = 30 * 60 * 1_000;
const ROWS: u32 = 100;
const MAX_ROWS: u32 = 10_000;
const TIME_ZONE_BYTES: usize = 64;

/// The parameters that every report understands, as ClickHouse reads them. One that a metric does not use is checked all the
/// same, so that a page can send one set to all.
pub(super) struct Parameters {
    site: Option<String>,
    from: String,
    to: String,
    tz: String,
    bots: &'static str,
    limit: String,
}

impl Parameters {
    /// An empty value counts as not given.
    pub(super) fn read(query: &str, sites: &Sites, now: Timestamp) -> Result<Self, ReportsError> {
        let default_site = sites.default_site().map(|site| sites.get(site).name.clone());
        let (mut site, mut tz, mut bots, mut limit) = (default_site, "UTC".to_owned(), "0", ROWS);
        let (mut from, mut to) = (None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "site" | "from" | "to" | "tz" | "bots" | "limit" if value.is_empty() => {}
                "site" => site = Some(known_site(&value, sites)?),
                "from" => from = Some(moment("from", &value)?),
                "to" => to = Some(moment("to", &value)?),
                "tz" => tz = time_zone(&value)?,
                "bots" => bots = with_bots(&value)?,
                "limit" => limit = rows(&value)?,
                _ => return Err(refuse(&name, "is not known: site, from, to, tz, bots and limit are")),
            }
        }
        let to = to.unwrap_or(now);
        let from = from.unwrap_or(Timestamp(to.0 - PERIOD_MS));
        if from >= to {
            return Err(refuse("from", "must lie before to"));
        }
        Ok(Self {
            site,
            from: date_time(from),
            to: date_time(to),
            tz,
            bots,
            limit: limit.to_string(),
        })
    }

    /// Those the metric uses.
    pub(super) fn of<'p>(&'p self, metric: &'p Metric) -> Result<Vec<(&'p str, &'p str)>, ReportsError> {
        let value = |name: &'p str| match name {
            "site" => self
                .site
                .as_deref()
                .ok_or_else(|| refuse("site", "is required: there is no default site")),
            "from" => Ok(self.from.as_str()),
            "to" => Ok(self.to.as_str()),
            "tz" => Ok(self.tz.as_str()),
            "bots" => Ok(self.bots),
            "limit" => Ok(self.limit.as_str()),
            _ => Err(ReportsError::UnservedParameter {
                metric: metric.name.clone(),
                parameter: name.to_owned(),
            }),
        };
        metric
            .parameters
            .iter()
            .map(|parameter| Ok((parameter.name.as_str(), value(&parameter.name)?)))
            .collect()
    }
}

fn refuse(parameter: &str, message: &'static str) -> ReportsError {
    ReportsError::Parameter {
        parameter: parameter.chars().take(64).collect(),
        message,
    }
}

fn known_site(name: &str, sites: &Sites) -> Result<String, ReportsError> {
    match sites.find(name) {
        Some(_) => Ok(name.to_owned()),
        None => Err(refuse("site", "is not configured here")),
    }
}

fn moment(parameter: &'static str, text: &str) -> Result<Timestamp, ReportsError> {
    let epoch = text.parse().map(Timestamp).ok();
    match epoch.or_else(|| text.parse().ok()) {
        Some(moment) if (Timestamp::EARLIEST..=Timestamp::LATEST).contains(&moment) => Ok(moment),
        _ => Err(refuse(
            parameter,
            "must be an RFC 3339 moment or milliseconds since 1970, between 2000 and 2100",
        )),
    }
}

fn time_zone(name: &str) -> Result<String, ReportsError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte);
    if name.len() > TIME_ZONE_BYTES || !name.bytes().all(plain) {
        return Err(refuse("tz", "must be the name of a time zone, such as Europe/Berlin"));
    }
    Ok(name.to_owned())
}

fn with_bots(text: &str) -> Result<&'static str, ReportsError> {
    match text {
        "1" | "true" => Ok("1"),
        "0" | "false" => Ok("0"),
        _ => Err(refuse("bots", "must be 0 (without bots) or 1 (with them)")),
    }
}

fn rows(text: &str) -> Result<u32, ReportsError> {
    match text.parse() {
        Ok(rows) if (1..=MAX_ROWS).contains(&rows) => Ok(rows),
        _ => Err(refuse("limit", "must be a number from 1 to 10000")),
    }
}

/// `2026-11-22 10:00:00.123`, which ClickHouse reads as UTC for its `DateTime64(3, 'UTC')`.
fn date_time(moment: Timestamp) -> String {
    moment.to_string().trim_end_matches('Z').replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_341_600_000);

    fn read(query: &str) -> Result<Parameters, String> {
        let sites = Sites::demo("127.0.0.1:8080".parse().unwrap());
        Parameters::read(query, &sites, NOW).map_err(|error| error.to_string())
    }

    #[test]
    fn shows_last_half_hour_by_default() {
        let parameters = read("from=&limit=").unwrap();
        assert_eq!(parameters.to, "2026-11-22 10:00:00.000");
        assert_eq!(parameters.from, "2026-11-22 09:30:00.000");
        assert_eq!(
            (parameters.bots, &*parameters.limit, &*parameters.tz),
            ("0", "100", "UTC")
        );
    }

    #[test]
    fn names_the_parameter_it_refuses() {
        for (query, parameter) in [
            ("site=nowhere", "site"),
            ("from=yesterday", "from"),
            ("to=12", "to"),
            ("from=2026-11-22T10:00:00Z", "from"),
            ("tz=Europe/Berlin'", "tz"),
            ("bots=maybe", "bots"),
            ("limit=0", "limit"),
            ("limitt=1", "limitt"),
        ] {
            let error = read(query).err().unwrap();
            assert!(
                error.starts_with(&format!("parameter {parameter} ")),
                "{query}: {error}"
            );
        }
    }
}
