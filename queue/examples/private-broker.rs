//! Runs a RabbitMQ node of its own for tests in other languages: prints its address, and with the argument `metrics` where it serves
//! them; ends with its standard input.

use std::io::Read;

use queue::testing::RabbitMq;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the address is the program's answer")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let metrics = std::env::args().nth(1).is_some_and(|argument| argument == "metrics");
    let node = match metrics {
        true => RabbitMq::start_with_metrics().await?,
        false => RabbitMq::start().await?,
    };
    println!("{}", node.url());
    if let Some(url) = node.metrics_url() {
        println!("{url}");
    }
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
