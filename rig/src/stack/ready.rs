use std::time::Duration;

use anyhow::bail;
use tokio::time::{Instant, sleep};

use super::READY_LIMIT;

const LOOK_EVERY: Duration = Duration::from_millis(50);
const ANSWER_LIMIT: Duration = Duration::from_secs(2);

/// Waits until `is_so` gives a value, within `limit`; the error names `fact` and what `is_so` said last.
pub async fn wait_for<T, F>(fact: &str, limit: Duration, mut is_so: impl FnMut() -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<T>>,
{
    let end = Instant::now() + limit;
    loop {
        match is_so().await {
            Ok(value) => return Ok(value),
            Err(last) if Instant::now() > end => {
                bail!("waited {} s in vain for {fact}: {last:#}", limit.as_secs())
            }
            Err(_) => sleep(LOOK_EVERY).await,
        }
    }
}

/// The gateway takes events.
pub(super) async fn gateway(url: &str) -> anyhow::Result<()> {
    answers("the gateway", &format!("{url}/health/ready")).await
}

pub(super) async fn engine(url: &str) -> anyhow::Result<()> {
    answers("the engine", &format!("{url}/ping")).await
}

async fn answers(who: &str, url: &str) -> anyhow::Result<()> {
    let client = tls::http_client().timeout(ANSWER_LIMIT).build()?;
    wait_for(who, READY_LIMIT, || async {
        client.get(url).send().await?.error_for_status()?;
        Ok(())
    })
    .await
}
