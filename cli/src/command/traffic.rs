//! The generator behind the home page's button.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use gateway::{MakeTraffic, Order};
use generator::{Scenario, Target};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// As long as the gateway of this very process may be away.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends what is ordered to the gateway of this process, through its front door, with that gateway's trusted key: without one visitors have
/// no device and no country.
pub(crate) fn generator(gateway: SocketAddr, trusted_key: client::Key) -> MakeTraffic {
    Box::new(move |order| {
        let trusted_key = trusted_key.clone();
        Box::pin(async move {
            let sent = send(order, gateway, trusted_key).await;
            sent.map_err(|error| format!("{error:#}"))
        })
    })
}

async fn send(order: Order, gateway: SocketAddr, trusted_key: client::Key) -> anyhow::Result<String> {
    let client = client::Settings {
        gateway_url: format!("http://{}", reachable(gateway)),
        trusted_key: Some(trusted_key),
        patience: PATIENCE,
    };
    let settings = generator::Settings {
        to: Target::Http,
        output: PathBuf::from("-"),
        gateway: client,
        amqp_url: None,
        site: order.site,
        count: order.events,
        rate: 0,
        span: Some(DAY * order.days),
        until: None,
        speed_up: 0,
        scenario: Scenario::Normal,
        seed: order.seed,
        omit_ids: false,
        expected: None,
        timezone: "UTC".to_owned(),
        expected_bots: false,
        batch: 100,
        connections: 2,
    };
    let summary = generator::run(settings, gateway::now(), order.stop).await;
    Ok(summary.context("the generator stopped")?.to_string())
}

/// Nobody can open the address that means every interface.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
