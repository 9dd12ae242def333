//! Whose address a request counts for, from its headers as they come: several lines, both kinds, and what is no text.

use std::net::IpAddr;

use axum::http::{HeaderName, HeaderValue};

use crate::support::{TestGateway, call_from, click, json_request};

const PROXY: &str = "10.0.0.1";

type Headers<'h> = &'h [(&'h str, &'h [u8])];

/// The address of the stored event, truncated to its network.
async fn stored_ip(gateway: &mut TestGateway, peer: &str, headers: Headers<'_>) -> String {
    let peer: IpAddr = peer.parse().unwrap();
    let mut request = json_request("/events", click(1).to_string());
    for (name, value) in headers {
        let value = HeaderValue::from_bytes(value).unwrap();
        request.headers_mut().append(name.parse::<HeaderName>().unwrap(), value);
    }
    let answer = call_from(peer, &gateway.app, request).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    gateway.next_group().await[0].ip.unwrap().to_string()
}

#[tokio::test]
async fn spoofed_lines_name_nobody_else() {
    let mut gateway = TestGateway::with(&["--trusted-proxies=10.0.0.0/8"]).await;
    let hundreds = "1.1.1.1, ".repeat(500) + "203.0.113.7";
    let table: [(&str, Headers<'_>, &str); 12] = [
        (PROXY, &[("x-forwarded-for", b"203.0.113.7")], "203.0.113.0"),
        (
            PROXY,
            &[("x-forwarded-for", b"1.1.1.1"), ("x-forwarded-for", b"203.0.113.7")],
            "203.0.113.0",
        ),
        (
            PROXY,
            &[
                ("x-forwarded-for", b"1.1.1.1, 2.2.2.2"),
                ("X-Forwarded-For", b"3.3.3.3"),
                ("x-forwarded-for", b"203.0.113.7, 10.0.0.9"),
            ],
            "203.0.113.0",
        ),
        (
            PROXY,
            &[
                ("forwarded", b"for=1.1.1.1"),
                ("forwarded", b"for=\"203.0.113.7:80\";proto=https"),
            ],
            "203.0.113.0",
        ),
        // A quote that the client leaves open reaches over the proxy's line.
        (
            PROXY,
            &[("forwarded", b"for=1.1.1.1;x=\""), ("forwarded", b"for=203.0.113.7")],
            "10.0.0.0",
        ),
        (
            PROXY,
            &[("forwarded", b"for=1.1.1.1"), ("x-forwarded-for", b"203.0.113.7")],
            "10.0.0.0",
        ),
        (
            PROXY,
            &[
                ("x-forwarded-for", b"1.1.1.1, \xff\xfe"),
                ("x-forwarded-for", b"203.0.113.7"),
            ],
            "203.0.113.0",
        ),
        (PROXY, &[("x-forwarded-for", b"1.1.1.1, \xff\xfe")], "10.0.0.0"),
        (PROXY, &[("x-forwarded-for", hundreds.as_bytes())], "203.0.113.0"),
        (
            PROXY,
            &[
                ("x-real-ip", b"1.1.1.1"),
                ("cf-connecting-ip", b"1.1.1.1"),
                ("true-client-ip", b"1.1.1.1"),
            ],
            "10.0.0.0",
        ),
        (
            "198.51.100.9",
            &[("x-forwarded-for", b"1.1.1.1"), ("forwarded", b"for=1.1.1.1")],
            "198.51.100.0",
        ),
        (
            "::ffff:198.51.100.9",
            &[("x-forwarded-for", b"1.1.1.1")],
            "198.51.100.0",
        ),
    ];
    for (peer, headers, expected) in table {
        assert_eq!(
            stored_ip(&mut gateway, peer, headers).await,
            expected,
            "{peer} {headers:?}"
        );
    }
}
