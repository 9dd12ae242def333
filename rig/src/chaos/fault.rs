//! What is done to a running pipeline, and undone.

use std::fmt;
use std::time::Duration;

use anyhow::Context;
use queue::testing::Network;
use rustix::process::Signal;
use tokio::time::timeout;

use crate::process::send;
use crate::random::Random;
use crate::stack::{Broker, Networks, Role, Stack};

const EVENTS: &str = "clickpath.events";
/// Far below what a node needs to run.
const NO_MEMORY: &str = "0.0001";
const MEMORY: &str = "0.4";
/// What a publisher says before its first group, and the first groups of a spool.
const HANDSHAKE_BYTES: usize = 12 * 1024;
/// Long enough for the spool to have more than that.
const TO_SPOOL: Duration = Duration::from_secs(2);
/// Long enough for a batch to be closed and sent.
const BATCH_IN_HAND: Duration = Duration::from_millis(1_500);
/// How long to wait for an answer that can be lost.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);
/// A part is away for so many milliseconds before it is started again.
const AWAY: std::ops::Range<i64> = 50..1_500;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Kill(Role),
    Terminate(Role),
    /// The engine that `clickpath up` started, and starts again.
    KillEngineChild,
    KillNode,
    /// The node that leads the queue of events.
    KillLeader,
    /// Every process at once, as when the power fails; what the system has written stays.
    KillAll,
    /// The broker is killed, and the spool finds no room.
    KillNodeOnFullDisk,
    /// The broker has the group, its confirm does not arrive.
    CutMidConfirm,
    /// The engine has done what the loader asked, which is mostly an insert; its answer does not arrive, and the loader dies.
    LoseEngineAnswer,
    /// Groups from the spool are on their way to the broker and do not arrive.
    CutMidDrain,
    /// The engine hangs.
    PauseEngine,
    /// The engine hangs, and who has a batch for it dies.
    KillWithBatchInHand(Role),
    /// Where queue, spool and manifests are.
    FillDisk,
    /// The broker blocks its publishers.
    MemoryAlarm,
    /// Nothing passes to and from the broker, and nothing is cut.
    StallBroker,
}

impl Fault {
    /// Kills and orderly ends that it is made of.
    pub(super) fn kills(self) -> usize {
        match self {
            Self::Kill(_) | Self::Terminate(_) | Self::KillEngineChild => 1,
            Self::KillNode | Self::KillLeader | Self::KillNodeOnFullDisk | Self::LoseEngineAnswer => 1,
            Self::KillWithBatchInHand(_) => 1,
            Self::KillAll => 4,
            Self::CutMidDrain => 0,
            Self::CutMidConfirm | Self::PauseEngine | Self::FillDisk | Self::MemoryAlarm | Self::StallBroker => 0,
        }
    }

    /// Does it, waits out the outage and puts everything back; returns what there is to tell.
    pub(super) async fn happen(
        self,
        stack: &mut Stack,
        outage: Duration,
        random: &mut Random,
    ) -> anyhow::Result<String> {
        match self {
            Self::Kill(role) => kill(stack, role, random).await,
            Self::Terminate(role) => terminate(stack, role, random).await,
            Self::KillEngineChild => kill_engine_child(stack).await,
            Self::KillNode => kill_node(stack, 0, random).await,
            Self::KillAll => kill_all(stack, random).await,
            Self::KillNodeOnFullDisk => kill_node_on_full_disk(stack, random).await,
            Self::KillLeader => {
                let leader = broker(stack)?.leader(EVENTS)?;
                kill_node(stack, leader, random).await
            }
            Self::CutMidConfirm => cut_mid_confirm(stack).await,
            Self::CutMidDrain => cut_mid_drain(stack).await,
            Self::KillWithBatchInHand(role) => kill_with_batch_in_hand(stack, role, random).await,
            Self::LoseEngineAnswer => lose_engine_answer(stack, random).await,
            Self::PauseEngine => pause_engine(stack, outage).await,
            Self::FillDisk => fill_disk(stack, outage).await,
            Self::MemoryAlarm => memory_alarm(stack, outage).await,
            Self::StallBroker => stall_broker(stack, outage).await,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(role) => write!(formatter, "kill -9 {role:?}"),
            Self::Terminate(role) => write!(formatter, "SIGTERM {role:?}"),
            Self::KillEngineChild => formatter.write_str("kill -9 Engine, the child of Up"),
            Self::KillNode => formatter.write_str("kill -9 RabbitMQ"),
            Self::KillAll => formatter.write_str("kill -9 everything"),
            Self::KillNodeOnFullDisk => formatter.write_str("kill -9 RabbitMQ while the disk is full"),
            Self::KillLeader => formatter.write_str("kill -9 RabbitMQ, the leader"),
            Self::CutMidConfirm => formatter.write_str("cut between publish and confirm"),
            Self::LoseEngineAnswer => formatter.write_str("kill -9 Loader between statement and answer"),
            Self::CutMidDrain => formatter.write_str("cut between spool and RabbitMQ"),
            Self::KillWithBatchInHand(role) => write!(formatter, "kill -9 {role:?} while the engine hangs"),
            Self::PauseEngine => formatter.write_str("SIGSTOP Engine"),
            Self::FillDisk => formatter.write_str("full disk"),
            Self::MemoryAlarm => formatter.write_str("memory alarm of RabbitMQ"),
            Self::StallBroker => formatter.write_str("network to RabbitMQ stalls"),
        }
    }
}

async fn kill(stack: &mut Stack, role: Role, random: &mut Random) -> anyhow::Result<String> {
    let services = &mut stack.services;
    services.kill(role).await?;
    let away = random.pause(AWAY);
    // Not looked after, or it would be started again at once.
    tokio::time::sleep(away).await;
    services.restart(role)?;
    Ok(format!("away for {} ms", away.as_millis()))
}

async fn terminate(stack: &mut Stack, role: Role, random: &mut Random) -> anyhow::Result<String> {
    // What is only starting has nothing to end in order.
    stack.wait_until_ready().await?;
    let services = &mut stack.services;
    let end = services.terminate(role).await?;
    tokio::time::sleep(random.pause(AWAY)).await;
    services.restart(role)?;
    Ok(format!("ended after {} ms ({})", end.after.as_millis(), end.status))
}

/// The engine's process, once it answers: one that is only starting takes `up` with it.
async fn engine(stack: &mut Stack) -> anyhow::Result<u32> {
    stack.wait_until_ready().await?;
    stack.engine_pid()
}

async fn kill_engine_child(stack: &mut Stack) -> anyhow::Result<String> {
    send(engine(stack).await?, Signal::KILL)?;
    Ok("started again by Up".to_owned())
}

async fn kill_node(stack: &mut Stack, node: usize, random: &mut Random) -> anyhow::Result<String> {
    let Stack { services, broker, .. } = stack;
    let broker = broker.as_mut().context("no broker in this topology")?;
    broker.kill(node)?;
    services.rest(random.pause(AWAY)).await?;
    let begun = tokio::time::Instant::now();
    services.during(broker.restart(node)).await??;
    Ok(format!(
        "node {node}, took connections {} ms after its start",
        begun.elapsed().as_millis()
    ))
}

async fn kill_all(stack: &mut Stack, random: &mut Random) -> anyhow::Result<String> {
    const ROLES: [Role; 3] = [Role::Gateway, Role::Loader, Role::Engine];
    let broker = stack.broker.as_mut().context("no broker in this topology")?;
    broker.kill(0)?;
    for role in ROLES {
        stack.services.kill(role).await?;
    }
    tokio::time::sleep(random.pause(AWAY)).await;
    let mut order = ROLES;
    random.shuffle(&mut order);
    for role in order {
        stack.services.restart(role)?;
    }
    let Stack { services, broker, .. } = stack;
    let broker = broker.as_mut().context("no broker in this topology")?;
    services.during(broker.restart(0)).await??;
    Ok(format!("started again in the order {order:?}, RabbitMQ"))
}

async fn kill_node_on_full_disk(stack: &mut Stack, random: &mut Random) -> anyhow::Result<String> {
    let writer = stack
        .services
        .get(stack.writer())?
        .pid()
        .context("the writer does not run")?;
    stack.disk.fill(writer)?;
    let told = kill_node(stack, 0, random).await;
    stack.disk.clear(writer)?;
    told
}

async fn cut_mid_confirm(stack: &mut Stack) -> anyhow::Result<String> {
    let Stack { services, networks, .. } = stack;
    let network = &networks
        .as_ref()
        .context("no network in this topology")?
        .gateway_to_broker;
    let held = services.during(timeout(ANSWER_LIMIT, network.hold_an_answer())).await?;
    network.set(Network::Down);
    services.rest(Duration::from_millis(200)).await?;
    network.set(Network::Up);
    held.context("the broker confirmed nothing")?;
    Ok(String::new())
}

async fn cut_mid_drain(stack: &mut Stack) -> anyhow::Result<String> {
    let Stack { services, networks, .. } = stack;
    let network = &networks
        .as_ref()
        .context("no network in this topology")?
        .gateway_to_broker;
    network.set(Network::Down);
    services.rest(TO_SPOOL).await?;
    let held = services
        .during(timeout(ANSWER_LIMIT, network.hold_a_request(HANDSHAKE_BYTES)))
        .await?;
    services.rest(Duration::from_millis(500)).await?;
    network.set(Network::Down);
    services.rest(Duration::from_millis(200)).await?;
    network.set(Network::Up);
    held.context("the spool is not drained")?;
    Ok(String::new())
}

async fn kill_with_batch_in_hand(stack: &mut Stack, role: Role, random: &mut Random) -> anyhow::Result<String> {
    let engine = engine(stack).await?;
    send(engine, Signal::STOP)?;
    stack.services.rest(BATCH_IN_HAND).await?;
    stack.services.kill(role).await?;
    send(engine, Signal::CONT)?;
    let away = random.pause(AWAY);
    tokio::time::sleep(away).await;
    stack.services.restart(role)?;
    Ok(format!("away for {} ms", away.as_millis()))
}

async fn lose_engine_answer(stack: &mut Stack, random: &mut Random) -> anyhow::Result<String> {
    let Stack { services, networks, .. } = stack;
    let network = &networks
        .as_ref()
        .context("no network in this topology")?
        .loader_to_engine;
    let held = services.during(timeout(ANSWER_LIMIT, network.hold_an_answer())).await?;
    services.kill(Role::Loader).await?;
    network.set(Network::Up);
    tokio::time::sleep(random.pause(AWAY)).await;
    services.restart(Role::Loader)?;
    held.context("the engine answered nothing")?;
    Ok(String::new())
}

async fn pause_engine(stack: &mut Stack, outage: Duration) -> anyhow::Result<String> {
    let engine = engine(stack).await?;
    send(engine, Signal::STOP)?;
    stack.services.rest(outage).await?;
    send(engine, Signal::CONT)?;
    Ok(format!("for {} s", outage.as_secs()))
}

async fn fill_disk(stack: &mut Stack, outage: Duration) -> anyhow::Result<String> {
    let writer = stack
        .services
        .get(stack.writer())?
        .pid()
        .context("the writer does not run")?;
    stack.disk.fill(writer)?;
    stack.services.rest(outage).await?;
    stack.disk.clear(writer)?;
    Ok(format!("for {} s ({})", outage.as_secs(), stack.disk.kind()))
}

async fn memory_alarm(stack: &mut Stack, outage: Duration) -> anyhow::Result<String> {
    let limit = |stack: &Stack, share| broker(stack)?.control(0, &["set_vm_memory_high_watermark", share]);
    limit(stack, NO_MEMORY)?;
    stack.services.rest(outage).await?;
    limit(stack, MEMORY)?;
    Ok(format!("for {} s", outage.as_secs()))
}

async fn stall_broker(stack: &mut Stack, outage: Duration) -> anyhow::Result<String> {
    let Stack { services, networks, .. } = stack;
    let Networks {
        gateway_to_broker,
        loader_to_broker,
        ..
    } = networks.as_ref().context("no network in this topology")?;
    for network in [gateway_to_broker, loader_to_broker] {
        network.set(Network::Stalled);
    }
    services.rest(outage).await?;
    for network in [gateway_to_broker, loader_to_broker] {
        network.set(Network::Up);
    }
    Ok(format!("for {} s", outage.as_secs()))
}

fn broker(stack: &Stack) -> anyhow::Result<&Broker> {
    stack.broker.as_ref().context("no broker in this topology")
}
