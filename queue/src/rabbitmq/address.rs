use std::hash::{BuildHasher, RandomState};

use lapin::uri::AMQPUri;

use crate::OpenError;

/// Dead peers are noticed after two of these.
const HEARTBEAT_SECONDS: u16 = 10;
/// A host that answers nothing at all; the system would try for minutes, long after this side gave up.
const TCP_CONNECT_TIMEOUT_MS: u64 = 10_000;

/// Where the broker's nodes are, and how to say it without passwords.
#[derive(Debug, Clone)]
pub(super) struct Address {
    /// At least one.
    pub(super) nodes: Vec<Node>,
    /// All of them, separated by commas.
    pub(super) shown: String,
}

/// One node's address.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) uri: AMQPUri,
    pub(super) shown: String,
}

impl Address {
    /// `urls` are AMQP addresses, separated by commas.
    pub(super) fn parse(urls: &str) -> Result<Self, OpenError> {
        let nodes = urls.split(',').map(|url| Node::parse(url.trim()));
        let nodes = nodes.collect::<Result<Vec<_>, _>>()?;
        let shown: Vec<&str> = nodes.iter().map(|node| node.shown.as_str()).collect();
        Ok(Self {
            shown: shown.join(","),
            nodes,
        })
    }

    /// Every node once, from one that chance chooses, so that the processes of a deployment spread over the nodes.
    pub(super) fn in_turn(&self) -> impl Iterator<Item = &Node> {
        // The hasher's keys come from the system's random source.
        let first = RandomState::new().hash_one(&self.shown) as usize % self.nodes.len();
        self.nodes[first..].iter().chain(&self.nodes[..first])
    }
}

impl Node {
    fn parse(url: &str) -> Result<Self, OpenError> {
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
        let check =
            |url: &str, seconds| assert_eq!(Address::parse(url).unwrap().nodes[0].uri.query.heartbeat, Some(seconds));
        check("amqp://rabbitmq", 10);
        check("amqp://rabbitmq?heartbeat=3", 3);
    }

    #[test]
    fn takes_several_nodes() {
        let address = Address::parse("amqp://a:secret@one:5672, amqp://a:secret@two,amqp://three").unwrap();
        assert_eq!(address.shown, "amqp://a:***@one:5672,amqp://a:***@two,amqp://three");
        let mut hosts: Vec<&str> = address.in_turn().map(|node| node.uri.authority.host.as_str()).collect();
        hosts.sort_unstable();
        assert_eq!(hosts, ["one", "three", "two"]);
        let firsts = (0..200).map(|_| address.in_turn().next().unwrap().shown.clone());
        assert_eq!(firsts.collect::<std::collections::HashSet<_>>().len(), 3);
        assert!(Address::parse("amqp://one,").is_err());
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
