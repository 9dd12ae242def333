use tokio_util::sync::CancellationToken;

pub(crate) async fn run(settings: generator::Settings, shutdown: CancellationToken) -> anyhow::Result<()> {
    let summary = generator::run(settings, gateway::now(), shutdown).await?;
    say(&summary.to_string());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
fn say(text: &str) {
    println!("{text}");
}
