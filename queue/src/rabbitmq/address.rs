use lapin::uri::AMQPUri;

use crate::OpenError;

/// Dead peers are noticed after two of these.
const HEARTBEAT_SECONDS: u16 = 10;
/// A host that answers nothing at all; the system would try for minutes, long after this side gave up.
const TCP_CONNECT_TIMEOUT_MS: u64 = 10_000;

/// Where the broker is, and how to say it without the password.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub(super) uri: AMQPUri,
    pub(super) shown: String,
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, OpenError> {
        let shown = without_password(url);
        let mut uri: AMQPUri = url.parse().map_err(|reason| OpenError::Address {
            address: shown.clone(),
            reason,
        })?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT_SECONDS);
        uri.query.connection_timeout.get_or_insert(TCP_CONNECT_TIMEOUT_MS);
        Ok(Self { uri, shown })
    }
}

/// `amqp://user:***@host`, also for an address that does not parse.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return "(no scheme)".to_owned();
    };
    match rest.rsplit_once('@') {
        Some((credentials, host)) => {
            let user = credentials.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:***@{host}")
        }
        None => format!("{scheme}://{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_password_in_address() {
        let check = |url: &str, expected: &str| assert_eq!(without_password(url), expected);
        check(
            "amqp://clickpath:s3:cr@t@rabbitmq:5672/%2f",
            "amqp://clickpath:***@rabbitmq:5672/%2f",
        );
        check("amqp://127.0.0.1:5672", "amqp://127.0.0.1:5672");
        check("clickpath:secret", "(no scheme)");
    }

    #[test]
    fn asks_for_heartbeats_unless_told_otherwise() {
        let check = |url: &str, seconds| assert_eq!(Address::parse(url).unwrap().uri.query.heartbeat, Some(seconds));
        check("amqp://rabbitmq", 10);
        check("amqp://rabbitmq?heartbeat=3", 3);
    }

    #[test]
    fn names_invalid_address_without_password() {
        let error = Address::parse("http://clickpath:secret@rabbitmq")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("http://clickpath:***@rabbitmq") && !error.contains("secret"),
            "{error}"
        );
    }
}
