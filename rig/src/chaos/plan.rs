use std::time::Duration;

use super::fault::Fault;
use crate::client;
use crate::random::Random;
use crate::stack::{Role, Topology};
use crate::verify::Books;

#[derive(Debug, Clone, Copy)]
pub(super) enum Length {
    Short,
    /// Load in all phases together.
    Long(Duration),
}

/// One topology under load and what is done to it.
#[derive(Debug)]
pub(super) struct PhasePlan {
    pub(super) name: &'static str,
    pub(super) topology: Topology,
    /// Each of these once, in this order; then again at random while there is time.
    pub(super) faults: Vec<Fault>,
    /// The least time under load.
    pub(super) load: Duration,
    pub(super) client: client::Plan,
    /// How long an engine, a disk or a network is away.
    pub(super) outage: Duration,
    /// Events the loader remembers; few, so that copies get past it to the layers below.
    pub(super) remembered_ids: Option<u32>,
    pub(super) books: Books,
    pub(super) random: Random,
}

const FEW: u32 = 500;

/// Milliseconds between two faults.
pub(super) const PAUSE: std::ops::Range<i64> = 300..1_800;

/// Lanes of phases: those of one lane run one after the other, lanes side by side. The short form has two, because most of
/// its time goes by while something is away.
pub(super) fn lanes(length: Length, random: &mut Random) -> Vec<Vec<PhasePlan>> {
    let mut phases = phases(length, random);
    match length {
        Length::Short => {
            let others = phases.split_off(1);
            vec![phases, others]
        }
        Length::Long(_) => vec![phases],
    }
}

fn phases(length: Length, random: &mut Random) -> Vec<PhasePlan> {
    let (shares, outage, late) = match length {
        Length::Short => ([Duration::ZERO; 3], Duration::from_secs(5), Duration::from_secs(15)),
        Length::Long(load) => (
            [load * 9 / 20, load * 5 / 20, load * 6 / 20],
            Duration::from_secs(30),
            Duration::from_secs(240),
        ),
    };
    let is_long = matches!(length, Length::Long(_));
    let plan = |name, topology, faults: &[&[Fault]], load| PhasePlan {
        name,
        topology,
        faults: faults.concat(),
        load,
        client: client::Plan {
            late,
            ..client::Plan::default()
        },
        outage,
        remembered_ids: None,
        books: if is_long { Books::Settled } else { Books::Even },
        random: Random::new(0),
    };
    let more = |faults: &'static [Fault]| if is_long { faults } else { &[] };
    let mut plans = vec![
        plan(
            "rabbitmq",
            Topology::RabbitMq,
            &[&RABBITMQ, more(&RABBITMQ_LONG)],
            shares[0],
        ),
        plan("embedded", Topology::Embedded, &[&EMBEDDED], shares[1]),
        plan(
            "cluster",
            Topology::Cluster,
            &[&CLUSTER, more(&CLUSTER_LONG)],
            shares[2],
        ),
    ];
    for plan in &mut plans {
        if plan.topology == Topology::Cluster {
            (plan.remembered_ids, plan.books) = (Some(FEW), Books::Skip);
        }
        plan.random = random.fork();
        plan.random.shuffle(&mut plan.faults);
    }
    plans
}

const RABBITMQ: [Fault; 13] = [
    Fault::Kill(Role::Gateway),
    Fault::KillWithBatchInHand(Role::Loader),
    Fault::Kill(Role::Engine),
    Fault::KillNode,
    Fault::KillAll,
    Fault::Terminate(Role::Gateway),
    Fault::Terminate(Role::Loader),
    Fault::CutMidConfirm,
    Fault::CutMidDrain,
    Fault::LoseEngineAnswer,
    Fault::PauseEngine,
    Fault::FillDisk,
    Fault::MemoryAlarm,
];

const RABBITMQ_LONG: [Fault; 8] = [
    Fault::CutMidDrain,
    Fault::KillWithBatchInHand(Role::Loader),
    Fault::StallBroker,
    Fault::KillNodeOnFullDisk,
    Fault::Terminate(Role::Engine),
    Fault::Kill(Role::Loader),
    Fault::LoseEngineAnswer,
    Fault::CutMidConfirm,
];

const EMBEDDED: [Fault; 7] = [
    Fault::Kill(Role::Up),
    Fault::KillWithBatchInHand(Role::Up),
    Fault::KillWithBatchInHand(Role::Up),
    Fault::Terminate(Role::Up),
    Fault::KillEngineChild,
    Fault::PauseEngine,
    Fault::FillDisk,
];

const CLUSTER: [Fault; 2] = [Fault::KillLeader, Fault::Kill(Role::Loader)];

const CLUSTER_LONG: [Fault; 6] = [
    Fault::KillLeader,
    Fault::KillLeader,
    Fault::Kill(Role::Gateway),
    Fault::CutMidConfirm,
    Fault::Terminate(Role::Loader),
    Fault::LoseEngineAnswer,
];
