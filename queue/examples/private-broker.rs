//! Runs a RabbitMQ node of its own for tests in other languages: prints its address, ends with its standard input.

use std::io::Read;

use queue::testing::RabbitMq;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the address is the program's answer")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let node = RabbitMq::start().await?;
    println!("{}", node.url());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
