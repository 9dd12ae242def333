use std::time::Duration;

use super::fault::Fault;
use crate::client;
use crate::random::Random;
use crate::stack::{Role, Topology};

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
    /// Whether to wait until the ledger has settled the last minute.
    pub(super) all_settled: bool,
}

/// Milliseconds between two faults.
pub(super) const PAUSE: std::ops::Range<i64> = 300..1_800;

pub(super) fn phases(length: Length, random: &mut Random) -> Vec<PhasePlan> {
    let (shares, outage, late) = match length {
        Length::Short => ([Duration::ZERO; 3], Duration::from_secs(5), Duration::from_secs(15)),
        Length::Long(load) => (
            [load * 9 / 20, load * 5 / 20, load * 6 / 20],
            Duration::from_secs(30),
            Duration::from_secs(240),
        ),
    };
    let plan = |name, topology, faults: &[Fault], load| PhasePlan {
        name,
        topology,
        faults: faults.to_vec(),
        load,
        client: client::Plan {
            late,
            ..client::Plan::default()
        },
        outage,
        all_settled: matches!(length, Length::Long(_)),
    };
    let mut plans = vec![
        plan("rabbitmq", Topology::RabbitMq, &RABBITMQ, shares[0]),
        plan("embedded", Topology::Embedded, &EMBEDDED, shares[1]),
    ];
    if matches!(length, Length::Long(_)) {
        plans.push(plan("cluster", Topology::Cluster, &CLUSTER, shares[2]));
    }
    for plan in &mut plans {
        random.shuffle(&mut plan.faults);
    }
    plans
}

const RABBITMQ: [Fault; 12] = [
    Fault::Kill(Role::Gateway),
    Fault::Kill(Role::Loader),
    Fault::Kill(Role::Engine),
    Fault::Kill(Role::Loader),
    Fault::KillNode,
    Fault::Terminate(Role::Gateway),
    Fault::Terminate(Role::Loader),
    Fault::CutMidConfirm,
    Fault::LoseInsertAnswer,
    Fault::PauseEngine,
    Fault::MemoryAlarm,
    Fault::StallBroker,
];

const EMBEDDED: [Fault; 7] = [
    Fault::Kill(Role::Up),
    Fault::Kill(Role::Up),
    Fault::Kill(Role::Up),
    Fault::Terminate(Role::Up),
    Fault::KillEngineChild,
    Fault::PauseEngine,
    Fault::FillDisk,
];

const CLUSTER: [Fault; 7] = [
    Fault::KillLeader,
    Fault::Kill(Role::Gateway),
    Fault::Kill(Role::Loader),
    Fault::KillLeader,
    Fault::CutMidConfirm,
    Fault::Terminate(Role::Loader),
    Fault::LoseInsertAnswer,
];
