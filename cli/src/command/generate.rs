use tokio_util::sync::CancellationToken;

pub(crate) async fn run(settings: generator::Settings, shutdown: CancellationToken) -> anyhow::Result<()> {
    let answer_is_the_events = settings.writes_to_stdout();
    let summary = generator::run(settings, gateway::now(), shutdown).await?;
    if answer_is_the_events {
        tracing::info!("{summary}");
    } else {
        say(&summary.to_string());
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
fn say(text: &str) {
    println!("{text}");
}
