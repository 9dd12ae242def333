//! `clickpath up`: gateway, loader and a queue on disk in one process, the engine its child.

use std::path::PathBuf;

use super::plan::{Plan, REQUESTS_PER_SECOND};
use super::report::Report;
use super::scene::{ENGINE, Scene, UP};
use crate::Warden;
use crate::stack::{Role, Topology};

pub(super) async fn measure(
    plan: &Plan,
    (settings, folder): (&[(&'static str, String)], PathBuf),
    warden: &Warden,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut scene = Scene::start(Topology::Embedded, settings, &folder, warden).await?;
    report.begin("embedded: clickpath up, fsync before each receipt", &scene.parts);
    scene.saturate(plan.warm_up).await?;
    scene.drain().await?;

    let (phase, freshness) = scene.pace(plan.paced, REQUESTS_PER_SECOND).await?;
    report.phase(&format!("{REQUESTS_PER_SECOND} requests of 1 event a second"), &phase);
    report.paced("_embedded", &phase, &freshness);
    scene.drain().await?;

    let phase = scene.saturate(plan.single_events).await?;
    report.phase("1 event a request, 1,000 connections", &phase);
    let wall = phase.usage.wall.as_secs_f64();
    report.figure(
        "requests_per_s_1000_connections_embedded",
        phase.sent.requests as f64 / wall,
    );
    scene.drain().await?;

    let phase = scene.saturate(plan.batches).await?;
    report.phase("20 events a request, 256 connections", &phase);
    let wall = phase.usage.wall.as_secs_f64();
    report.figure("events_per_s_embedded", phase.sent.events as f64 / wall);
    report.figure("rows_per_s_embedded", phase.rows as f64 / wall);
    report.figure("up_us_per_event_embedded", phase.usage.us_per(UP, phase.sent.events));
    let (rows, usage) = scene.drain().await?;
    report.rows("the loader catches up", rows, &usage);
    report.figure("engine_us_per_event_embedded", usage.us_per(ENGINE, rows));

    report.figure("up_peak_mb_embedded", scene.peak_mb(Role::Up)?);
    report.account("_embedded", &scene.account().await?);
    Ok(())
}
