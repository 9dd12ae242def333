use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use super::plan::{PAUSE, PhasePlan};
use super::progress::Teller;
use crate::Warden;
use crate::client::{Client, Progress};
use crate::stack::{Options, Stack};
use crate::verify::{Database, Look, Verdict, verify};

/// For what has no receipt yet when the load ends.
const DRAIN_LIMIT: Duration = Duration::from_secs(90);
/// For accepted events on their way to the table.
const ARRIVAL_LIMIT: Duration = Duration::from_secs(90);

/// What a phase came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    pub(super) kills: usize,
    pub(super) lost: usize,
    pub(super) duplicated: usize,
    pub(super) marts_equal: bool,
    pub(super) is_good: bool,
}

impl Default for Outcome {
    fn default() -> Self {
        Self {
            kills: 0,
            lost: 0,
            duplicated: 0,
            marts_equal: true,
            is_good: true,
        }
    }
}

impl Outcome {
    pub(super) fn and(self, other: &Self) -> Self {
        Self {
            kills: self.kills + other.kills,
            lost: self.lost + other.lost,
            duplicated: self.duplicated + other.duplicated,
            marts_equal: self.marts_equal && other.marts_equal,
            is_good: self.is_good && other.is_good,
        }
    }
}

pub(super) async fn run(plan: PhasePlan, folder: &Path, warden: &Warden, teller: &Teller) -> anyhow::Result<Outcome> {
    teller.tell("starts");
    let mut options = Options::small(plan.topology);
    if let Some(ids) = plan.remembered_ids {
        options
            .environment
            .push(("CLICKPATH_LOADER_REMEMBERED_IDS", ids.to_string()));
    }
    let mut stack = Stack::start(options, folder, warden).await?;
    let outcome = break_and_count(&mut stack, &plan, teller).await;
    if !outcome.as_ref().is_ok_and(|outcome| outcome.is_good) {
        stack.disk.keep(&folder.join("disk-kept"))?;
    }
    outcome
}

async fn break_and_count(stack: &mut Stack, plan: &PhasePlan, teller: &Teller) -> anyhow::Result<Outcome> {
    let mut random = plan.random.clone();
    if let Some(broker) = &stack.broker {
        broker.settle_queues()?;
    }
    teller.tell(&format!("takes events at {}", stack.gateway_url));
    let client = Client::start(&stack.gateway_url, plan.client.clone(), random.fork())?;

    let loaded = Instant::now();
    let mut kills = 0;
    let mut faults = plan.faults.clone();
    loop {
        for fault in &faults {
            stack.services.rest(random.pause(PAUSE)).await?;
            let told = fault.happen(stack, plan.outage, &mut random).await?;
            kills += fault.kills();
            teller.tell(&format!("{fault} {told} | {}", shown(client.progress())));
        }
        if loaded.elapsed() >= plan.load {
            break;
        }
        random.shuffle(&mut faults);
    }
    stack.services.rest(Duration::from_secs(1)).await?;

    let (log, progress) = {
        let finish = client.finish(DRAIN_LIMIT);
        stack.services.during(finish).await??
    };
    teller.tell(&format!("every event is answered | {}", shown(progress)));
    // The last fault may have been the engine's.
    stack.wait_until_ready().await?;
    let database = Database::new(&stack.engine_url)?;
    let look = Look {
        database: &database,
        gateway_url: &stack.gateway_url,
        patience: ARRIVAL_LIMIT,
        books: plan.books,
    };
    let mut verdict = stack.services.during(verify(&log, &look)).await??;
    verdict.problems.append(&mut stack.services.disorderly);
    for (who, ended) in &stack.services.ended {
        teller.tell(&format!(
            "{who} ended by itself {} times, last with {:?}",
            ended.times, ended.last_words
        ));
    }
    tell_verdict(&verdict, log.repetitions(), teller);
    Ok(Outcome {
        kills,
        lost: verdict.rows.lost.count,
        duplicated: verdict.rows.duplicated.count,
        marts_equal: verdict.marts_differ.is_empty(),
        is_good: verdict.is_good(),
    })
}

fn shown(progress: Progress) -> String {
    let Progress {
        requests,
        unanswered,
        held_back,
        fates,
    } = progress;
    format!(
        "{requests} requests, {unanswered} without receipt, {held_back} held back; {} events accepted, {} refused, {} open, {} given up",
        fates.accepted, fates.refused, fates.open, fates.given_up
    )
}

fn tell_verdict(verdict: &Verdict, repetitions: u64, teller: &Teller) {
    let rows = &verdict.rows;
    teller.tell(&format!(
        "{} accepted, {repetitions} repetitions, {} rows ({} before the merge), {} of them given up by the client",
        rows.accepted, rows.rows, rows.physical_rows, rows.given_up_and_stored
    ));
    for (name, finding) in rows.findings() {
        if finding.count > 0 {
            teller.tell(&format!(
                "{name}: {}, such as {}",
                finding.count,
                finding.first.join("; ")
            ));
        }
    }
    for mart in &verdict.marts_differ {
        teller.tell(&format!("mart differs: {mart}"));
    }
    for note in &verdict.notes {
        teller.tell(note);
    }
    for problem in verdict.problems.iter().take(10) {
        teller.tell(problem);
    }
    let word = if verdict.is_good() { "good" } else { "BAD" };
    teller.tell(&format!("{word}; marts compared: {}", verdict.marts.join(", ")));
}
