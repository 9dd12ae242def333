use event::Timestamp;
use url::form_urlencoded;
use warehouse::{QuarantineCursor, QuarantineFilter};

use super::error::ReplayError;
use crate::moment;

/// Which rows, and how many in this call.
pub(super) struct Parameters {
    pub(super) filter: QuarantineFilter,
    pub(super) dry_run: bool,
    pub(super) limit: usize,
    pub(super) after: Option<QuarantineCursor>,
}

impl Parameters {
    /// An empty value counts as not given.
    pub(super) fn read(query: &str, now: Timestamp) -> Result<Self, ReplayError> {
        let mut parameters = Self {
            filter: QuarantineFilter::default(),
            dry_run: false,
            limit: usize::MAX,
            after: None,
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let filter = &mut parameters.filter;
            match &*name {
                "reason" | "site" | "since" | "until" | "dry_run" | "limit" | "after" if value.is_empty() => {}
                "reason" => filter.reason = Some(value.into_owned()),
                // Not only sites that are configured here: their events may be why there is a quarantine.
                "site" => filter.site = Some(value.into_owned()),
                "since" => filter.since_ms = Some(read_moment(&name, &value, now)?),
                "until" => filter.until_ms = Some(read_moment(&name, &value, now)?),
                "dry_run" => parameters.dry_run = read_flag(&name, &value)?,
                "limit" => parameters.limit = read_limit(&name, &value)?,
                "after" => {
                    let cursor = read_cursor(&value);
                    let message = "must be `next` of an answer";
                    parameters.after = Some(cursor.ok_or_else(|| refuse(&name, message))?);
                }
                _ => {
                    let message = "is not known: reason, site, since, until, dry_run, limit and after are";
                    return Err(refuse(&name, message));
                }
            }
        }
        Ok(parameters)
    }
}

/// Where the next call goes on.
pub(super) fn cursor_text(cursor: QuarantineCursor) -> String {
    format!("{}_{}_{}", cursor.received_at_ms, cursor.group_id, cursor.id)
}

fn read_cursor(text: &str) -> Option<QuarantineCursor> {
    let mut parts = text.split('_');
    let cursor = QuarantineCursor {
        received_at_ms: parts.next()?.parse().ok()?,
        group_id: parts.next()?.parse().ok()?,
        id: parts.next()?.parse().ok()?,
    };
    parts.next().is_none().then_some(cursor)
}

fn read_moment(parameter: &str, text: &str, now: Timestamp) -> Result<i64, ReplayError> {
    let message = "must be an RFC 3339 moment, milliseconds since 1970, or a time ago such as 15m, 2h or 7d";
    let moment = moment::parse_or_ago(text, now).ok_or_else(|| refuse(parameter, message))?;
    Ok(moment.0)
}

fn read_flag(parameter: &str, text: &str) -> Result<bool, ReplayError> {
    match text {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err(refuse(parameter, "must be 1 or 0")),
    }
}

fn read_limit(parameter: &str, text: &str) -> Result<usize, ReplayError> {
    match text.parse() {
        Ok(limit) if limit > 0 => Ok(limit),
        _ => Err(refuse(parameter, "must be a number of at least 1")),
    }
}

fn refuse(parameter: &str, message: &'static str) -> ReplayError {
    ReplayError::Parameter {
        parameter: parameter.chars().take(64).collect(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_341_600_000);

    #[test]
    fn reads_what_to_replay() {
        let parameters =
            Parameters::read("reason=unknown_site&site=new&since=2h&until=&dry_run=1&limit=7", NOW).unwrap();
        let filter = QuarantineFilter {
            reason: Some("unknown_site".to_owned()),
            site: Some("new".to_owned()),
            since_ms: Some(NOW.0 - 7_200_000),
            until_ms: None,
        };
        assert_eq!(
            (parameters.filter, parameters.dry_run, parameters.limit),
            (filter, true, 7)
        );
    }

    #[test]
    fn goes_on_where_it_stopped() {
        let cursor = QuarantineCursor {
            received_at_ms: NOW.0,
            group_id: uuid::Uuid::nil(),
            id: uuid::Uuid::from_u128(7),
        };
        let parameters = Parameters::read(&format!("after={}", cursor_text(cursor)), NOW).unwrap();
        assert_eq!(parameters.after, Some(cursor));
    }

    #[test]
    fn names_the_parameter_it_refuses() {
        for query in [
            "since=yesterday",
            "until=1",
            "dry_run=maybe",
            "limit=0",
            "after=1_2",
            "reasons=x",
        ] {
            let parameter = query.split('=').next().unwrap();
            let error = Parameters::read(query, NOW).err().unwrap().to_string();
            assert!(
                error.starts_with(&format!("parameter {parameter} ")),
                "{query}: {error}"
            );
        }
    }
}
