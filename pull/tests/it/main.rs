//! The API when it is not well, against a gateway that takes everything: what is asked again, what ends the run and how it says
//! so, and that the same API gives the same ids. Rows and revenue are counted in `cli/tests`, in the real pipeline.

#![expect(clippy::unwrap_used, reason = "a test ends where a step of its story fails")]

mod api;
mod gateway;

use std::net::SocketAddr;

use clap::Parser;
use pull::stub::{self, Data};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use gateway::Gateway;

/// What stands when nothing else is given, with pauses that a test can wait for.
fn settings(arguments: &[&str]) -> pull::Settings {
    #[derive(clap::Parser)]
    struct Command {
        #[command(flatten)]
        settings: pull::Settings,
    }
    let given = ["pull", "--api-pause-ms", "1"];
    Command::parse_from(given.iter().chain(arguments)).settings
}

/// The stub with the options of `clickpath store-api`; it ends with the test's runtime.
async fn store(data: Data, arguments: &[&str]) -> String {
    #[derive(clap::Parser)]
    struct Command {
        #[command(flatten)]
        settings: stub::Settings,
    }
    let settings = Command::parse_from(["store-api"].iter().chain(arguments)).settings;
    let (listener, address) = listen().await;
    let serving = async move { stub::serve(listener, data, &settings, CancellationToken::new()).await };
    tokio::spawn(serving);
    format!("http://{address}")
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn pull(api: &str, gateway: &Gateway, arguments: &[&str]) -> Result<pull::Summary, pull::PullError> {
    let settings = settings(&[&["--api", api], arguments].concat());
    let shutdown = CancellationToken::new();
    let client = client::Client::new(&gateway.client(), shutdown.clone()).unwrap();
    pull::pull(&settings, &client, shutdown).await
}
