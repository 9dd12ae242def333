use super::*;

const PEER: &str = "10.0.0.1";

fn trusted() -> TrustedProxies {
    "10.0.0.0/8, 2001:db8:ffff::/48,127.0.0.1".parse().unwrap()
}

#[track_caller]
fn check(peer: &str, forwarded: Option<&str>, x_forwarded_for: Option<&str>, expected: &str) {
    let found = client_ip(peer.parse().unwrap(), forwarded, x_forwarded_for, &trusted());
    assert_eq!(
        found.to_string(),
        expected,
        "peer {peer}, Forwarded {forwarded:?}, X-Forwarded-For {x_forwarded_for:?}"
    );
}

#[test]
fn reads_x_forwarded_for_from_the_right() {
    let table = [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("1.1.1.1, 203.0.113.7", "203.0.113.7"),
        ("10.9.9.9, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, ::ffff:10.0.0.2", "203.0.113.7"),
        ("203.0.113.7, 2001:db8:ffff::5", "203.0.113.7"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
        (" , 203.0.113.7 , ", "203.0.113.7"),
        ("", PEER),
        ("unknown", PEER),
        ("1.1.1.1, unknown, 10.0.0.2", "10.0.0.2"),
        ("1.1.1.1, drop table", PEER),
        ("1.1.1.1, 203.0.113.7.9", PEER),
    ];
    for (header, expected) in table {
        check(PEER, None, Some(header), expected);
    }
}

#[test]
fn strangers_are_not_believed() {
    for header in ["1.1.1.1", "10.0.0.2", "127.0.0.1", "1.1.1.1, 10.0.0.2"] {
        check("198.51.100.9", None, Some(header), "198.51.100.9");
        check("198.51.100.9", Some(&format!("for={header}")), None, "198.51.100.9");
    }
    check("::ffff:198.51.100.9", None, Some("1.1.1.1"), "198.51.100.9");
}

#[test]
fn reads_forwarded() {
    let table = [
        ("for=203.0.113.7", "203.0.113.7"),
        ("For=203.0.113.7;proto=https;by=10.0.0.1", "203.0.113.7"),
        ("proto=https; for=203.0.113.7", "203.0.113.7"),
        ("for=1.1.1.1, for=203.0.113.7", "203.0.113.7"),
        (r#"for="203.0.113.7:4711""#, "203.0.113.7"),
        (r#"for="[2001:db8:cafe::17]:4711""#, "2001:db8:cafe::17"),
        (r#"for="[2001:db8:cafe::17]", for=10.0.0.2"#, "2001:db8:cafe::17"),
        (r#"for=1.1.1.1;host="a,b;c", for="[2001:db8::1]:80""#, "2001:db8::1"),
        ("for=unknown", PEER),
        ("for=_hidden, for=10.0.0.2", "10.0.0.2"),
        ("for=1.1.1.1, for=_SEVKISEK", PEER),
        ("for=1.1.1.1, proto=https", PEER),
        ("for=1.1.1.1;for=2.2.2.2", PEER),
        ("", PEER),
    ];
    for (header, expected) in table {
        check(PEER, Some(header), None, expected);
    }
}

/// The client writes the beginning, the proxy appends the rest.
#[test]
fn open_quotes_swallow_no_proxy() {
    let clients = [
        r#"for=1.1.1.1;x=""#,
        r#"for=1.1.1.1, for=""#,
        r#"for=1.1.1.1;x="\"#,
        r#"for=1.1.1.1;x="\""#,
        r#"for="1.1.1.1"#,
    ];
    let proxies = [
        "for=203.0.113.7",
        r#"for="[2001:db8::1]""#,
        r#"for="[2001:db8::1]", for="[2001:db8:ffff::1]""#,
    ];
    for client in clients {
        for proxy in proxies {
            let header = format!("{client}, {proxy}");
            let found = client_ip(PEER.parse().unwrap(), Some(&header), None, &trusted());
            assert_ne!(found.to_string(), "1.1.1.1", "{header}");
        }
    }
}

#[test]
fn headers_that_disagree_are_not_believed() {
    check(PEER, Some("for=203.0.113.7"), Some("203.0.113.7"), "203.0.113.7");
    check(PEER, Some("for=1.1.1.1"), Some("203.0.113.7"), PEER);
    check(PEER, Some("for=203.0.113.7"), Some("1.1.1.1"), PEER);
}

/// What clients send to be somebody else, with what the proxy adds of the real one, 203.0.113.7, in one header, the other or both.
/// (Forwarded, X-Forwarded-For, answer)
#[test]
fn spoofed_chains_name_nobody_else() {
    const REAL: &str = "203.0.113.7";
    const LONG: &str = "Forwarded-like garbage;=,\"\"";
    let hundreds = "1.1.1.1, ".repeat(400) + REAL;
    let hundreds_forwarded = "for=1.1.1.1, ".repeat(400) + "for=203.0.113.7";
    let hundreds_trusted = "10.0.0.9, ".repeat(400) + REAL;
    let table = [
        // A proxy that writes X-Forwarded-For and passes the client's Forwarded on.
        (Some("for=1.1.1.1"), Some(REAL), PEER),
        (Some("for=10.0.0.1"), Some(REAL), PEER),
        (Some("for=203.0.113.7"), Some(REAL), REAL),
        (Some("for=unknown"), Some(REAL), PEER),
        (Some("for=\""), Some(REAL), PEER),
        (Some(""), Some(REAL), PEER),
        (Some(LONG), Some(REAL), PEER),
        // The other way round.
        (Some("for=203.0.113.7"), Some("1.1.1.1"), PEER),
        (Some("for=203.0.113.7"), Some("unknown"), PEER),
        (Some("for=203.0.113.7"), Some(""), PEER),
        (Some("for=203.0.113.7"), Some("garbage"), PEER),
        // A proxy that writes both.
        (Some("for=1.1.1.1, for=203.0.113.7"), Some("2.2.2.2, 203.0.113.7"), REAL),
        (Some(r#"for="203.0.113.7:1""#), Some("203.0.113.7:2"), REAL),
        // Several lines come joined.
        (None, Some("1.1.1.1, 2.2.2.2, 10.9.9.9, 203.0.113.7"), REAL),
        (
            Some("for=1.1.1.1;by=10.0.0.1, for=10.9.9.9, for=203.0.113.7"),
            None,
            REAL,
        ),
        // The client writes trusted addresses to be walked over.
        (None, Some("1.1.1.1, 10.0.0.2, 203.0.113.7"), REAL),
        (None, Some("10.0.0.2, 10.0.0.3, 203.0.113.7"), REAL),
        (None, Some(&hundreds), REAL),
        (None, Some(&hundreds_trusted), REAL),
        (Some(&hundreds_forwarded), None, REAL),
        // Hidden, unknown and wrong entries end the walk at the last proxy that is known.
        (Some("for=1.1.1.1, for=_hidden"), None, PEER),
        (Some("for=1.1.1.1, for=\"_hidden:80\""), None, PEER),
        (Some("for=1.1.1.1, for=unknown"), None, PEER),
        (Some("for=1.1.1.1, for=\"unknown:80\""), None, PEER),
        (Some("for=1.1.1.1, for=_hidden, for=10.0.0.7"), None, "10.0.0.7"),
        (None, Some("1.1.1.1, unknown"), PEER),
        (None, Some("1.1.1.1, _hidden, 10.0.0.7"), "10.0.0.7"),
        (None, Some("1.1.1.1, 203.0.113.7:99999"), PEER),
        (None, Some("1.1.1.1, 203.0.113.7:"), PEER),
        (None, Some("1.1.1.1, [203.0.113.7]"), REAL),
        (None, Some("1.1.1.1, [2001:db8::1"), PEER),
        (None, Some("1.1.1.1, 2001:db8::1]:80"), PEER),
        (None, Some("1.1.1.1, [2001:db8::1]:99999"), PEER),
        (None, Some("1.1.1.1, 0xcb.0.113.7"), PEER),
        (None, Some("1.1.1.1, 203.0.113.07"), PEER),
        (None, Some("1.1.1.1, 203.0.113.7/32"), PEER),
        (None, Some("1.1.1.1, \"203.0.113.7\""), PEER),
        (None, Some("1.1.1.1, for=203.0.113.7"), PEER),
        (None, Some("1.1.1.1, \u{fffd}"), PEER),
        (None, Some("1.1.1.1,\t203.0.113.7\t"), REAL),
        (None, Some("1.1.1.1,,,203.0.113.7,,"), REAL),
        (Some("for=1.1.1.1, for=203.0.113.7;for=1.1.1.1"), None, PEER),
        (Some("for=1.1.1.1, for =203.0.113.7"), None, PEER),
        (Some("for=1.1.1.1, for= 203.0.113.7"), None, PEER),
        (Some("for=1.1.1.1, FOR=\"203.0.113.7\""), None, REAL),
        (Some("for=1.1.1.1, for=\"[::ffff:203.0.113.7]\""), None, REAL),
        (Some("for=1.1.1.1, for=\"2001:db8::1\""), None, "2001:db8::1"),
        (Some(r#"for=1.1.1.1, for="203.0.113\.7""#), None, PEER),
    ];
    for (forwarded, x_forwarded_for, expected) in table {
        check(PEER, forwarded, x_forwarded_for, expected);
        // Whoever is not a proxy names nobody, not even itself by another address.
        check("198.51.100.9", forwarded, x_forwarded_for, "198.51.100.9");
    }
}

#[test]
fn default_trusts_this_machine_only() {
    let this_machine = TrustedProxies::default();
    assert_eq!(this_machine.to_string(), "127.0.0.0/8,::1/128");
    assert_eq!(this_machine.to_string().parse(), Ok(this_machine.clone()));
    assert!(this_machine.contains("::1".parse().unwrap()));
    assert!(!this_machine.contains("10.0.0.1".parse().unwrap()));
    assert_eq!("".parse(), Ok(TrustedProxies::none()));
}

#[test]
fn refuses_what_is_no_network() {
    let error = "10.0.0.0/8, nginx".parse::<TrustedProxies>().unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"expected an IP address or a CIDR block such as 10.0.0.0/8, found "nginx""#
    );
    assert!("10.0.0.0/33".parse::<TrustedProxies>().is_err());
}
