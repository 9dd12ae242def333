//! Whatever a client writes, behind any number of trusted proxies: it stays who it is.

use proptest::prelude::*;

use super::*;

const TRUSTED: &str = "10.0.0.0/8,2001:db8:ffff::/48";

/// How a proxy tells whom it was called by.
#[derive(Debug, Clone, Copy)]
enum Style {
    XForwardedFor,
    Forwarded,
    Both,
}

/// The headers on their way through the proxies.
#[derive(Debug, Clone, Default)]
struct Headers {
    forwarded: Option<String>,
    x_forwarded_for: Option<String>,
}

impl Headers {
    fn append(&mut self, style: Style, caller: IpAddr, port: Option<u16>) {
        if matches!(style, Style::XForwardedFor | Style::Both) {
            append(&mut self.x_forwarded_for, &node(caller, port));
        }
        if matches!(style, Style::Forwarded | Style::Both) {
            append(
                &mut self.forwarded,
                &format!("for=\"{}\";proto=https", node(caller, port)),
            );
        }
    }
}

fn append(header: &mut Option<String>, entry: &str) {
    *header = Some(match header.take() {
        Some(before) => format!("{before}, {entry}"),
        None => entry.to_owned(),
    });
}

fn node(address: IpAddr, port: Option<u16>) -> String {
    match (address, port) {
        (_, Some(port)) => SocketAddr::new(address, port).to_string(),
        (IpAddr::V6(address), None) => format!("[{address}]"),
        (IpAddr::V4(address), None) => address.to_string(),
    }
}

fn trusted() -> TrustedProxies {
    TRUSTED.parse().expect("networks")
}

/// Addresses outside the trusted networks.
fn stranger() -> impl Strategy<Value = IpAddr> {
    let any = prop_oneof![
        any::<[u8; 4]>().prop_map(IpAddr::from),
        any::<[u8; 16]>().prop_map(IpAddr::from)
    ];
    any.prop_map(|address| address.to_canonical())
        .prop_filter("is trusted", |address| !trusted().contains(*address))
}

fn proxy() -> impl Strategy<Value = IpAddr> {
    let v4 = any::<[u8; 3]>().prop_map(|[one, two, three]| IpAddr::from([10, one, two, three]));
    let v6 = any::<u64>().prop_map(|low| {
        let address = 0x2001_0db8_ffff_0000_0000_0000_0000_0000 | u128::from(low);
        IpAddr::V6(address.into())
    });
    prop_oneof![v4, v6]
}

/// What a client writes to be somebody else: entries of both headers, and what breaks them.
fn forgery() -> impl Strategy<Value = Option<String>> {
    let pieces = prop_oneof![
        Just("1.1.1.1".to_owned()),
        Just("10.0.0.2".to_owned()),
        Just("for=1.1.1.1".to_owned()),
        Just("for=10.0.0.2".to_owned()),
        Just("for=\"[2001:db8:ffff::1]:80\"".to_owned()),
        Just("unknown".to_owned()),
        Just("for=_hidden".to_owned()),
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        Just(", ".to_owned()),
        Just(";".to_owned()),
        Just("=".to_owned()),
        "\\PC{0,8}",
    ];
    prop::option::of(prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat()))
}

fn style() -> impl Strategy<Value = Style> {
    prop_oneof![Just(Style::XForwardedFor), Just(Style::Forwarded), Just(Style::Both)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_untrusted_peer_stays_who_it_is(
        peer in stranger(),
        forwarded in forgery(),
        x_forwarded_for in forgery(),
    ) {
        let found = client_ip(peer, forwarded.as_deref(), x_forwarded_for.as_deref(), &trusted());
        prop_assert_eq!(found, peer);
    }

    /// Each proxy appends whom it was called by, in one style through the whole chain: the answer is the client, or, where the
    /// client's forgery made a header unreadable or disagree, a proxy. Never anybody else.
    #[test]
    fn a_forged_prefix_is_never_believed(
        client in stranger(),
        proxies in prop::collection::vec(proxy(), 1..6),
        ports in prop::collection::vec(any::<Option<u16>>(), 6),
        style in style(),
        forwarded in forgery(),
        x_forwarded_for in forgery(),
    ) {
        let mut headers = Headers { forwarded, x_forwarded_for };
        let callers = std::iter::once(client).chain(proxies.iter().copied());
        for ((caller, _), port) in callers.zip(&proxies).zip(ports) {
            headers.append(style, caller, port);
        }
        let peer = *proxies.last().expect("at least one");
        let found = client_ip(peer, headers.forwarded.as_deref(), headers.x_forwarded_for.as_deref(), &trusted());
        prop_assert!(found == client || proxies.contains(&found), "{found} of {headers:?}");
    }

    /// Without forgery nothing is lost: the client is found through every chain.
    #[test]
    fn an_honest_chain_names_the_client(
        client in stranger(),
        proxies in prop::collection::vec(proxy(), 1..6),
        ports in prop::collection::vec(any::<Option<u16>>(), 6),
        style in style(),
    ) {
        let mut headers = Headers::default();
        let callers = std::iter::once(client).chain(proxies.iter().copied());
        for ((caller, _), port) in callers.zip(&proxies).zip(ports) {
            headers.append(style, caller, port);
        }
        let peer = *proxies.last().expect("at least one");
        let found = client_ip(peer, headers.forwarded.as_deref(), headers.x_forwarded_for.as_deref(), &trusted());
        prop_assert_eq!(found, client);
    }

    /// A forged X-Forwarded-For alone, as most clients send it: the proxies' own entries stand right of it and win.
    #[test]
    fn a_forged_x_forwarded_for_changes_nothing(
        client in stranger(),
        proxies in prop::collection::vec(proxy(), 1..6),
        x_forwarded_for in forgery(),
    ) {
        let mut headers = Headers { forwarded: None, x_forwarded_for };
        let callers = std::iter::once(client).chain(proxies.iter().copied());
        for (caller, _) in callers.zip(&proxies) {
            headers.append(Style::XForwardedFor, caller, None);
        }
        let peer = *proxies.last().expect("at least one");
        let found = client_ip(peer, None, headers.x_forwarded_for.as_deref(), &trusted());
        prop_assert_eq!(found, client);
    }
}
