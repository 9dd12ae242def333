//! Engine, gateway, loader and a RabbitMQ node, each a process of its own.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;

use super::bare::{BARE, Bare};
use super::load::{Load, Numbers, Pace, Sent};
use super::meter::Usage;
use super::plan::{Plan, REQUESTS_PER_SECOND};
use super::report::Report;
use super::scene::{BROKER, ENGINE, GATEWAY, LOADER, Scene, Shape};
use super::{direct, single};
use crate::Warden;
use crate::stack::{Role, Topology};

pub(super) async fn measure(
    plan: &Plan,
    (settings, folder): (&[(&'static str, String)], PathBuf),
    bare: &Bare,
    warden: &Warden,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut scene = Scene::start(Topology::RabbitMq, settings, &folder, warden).await?;
    report.begin("engine, gateway, loader and a RabbitMQ node", &scene.parts);
    scene.saturate(plan.warm_up).await?;
    scene.drain().await?;

    paced(plan, &mut scene, bare, report).await?;
    single_events(plan, &mut scene, bare, report).await?;
    batches(plan, &mut scene, bare, report).await?;

    report.figure("gateway_peak_mb", scene.peak_mb(Role::Gateway)?);
    report.figure("loader_peak_mb", scene.peak_mb(Role::Loader)?);
    report.account("", &scene.account().await?);
    Ok(())
}

/// Receipt latency and freshness at a fixed rate.
async fn paced(plan: &Plan, scene: &mut Scene, bare: &Bare, report: &mut Report) -> anyhow::Result<()> {
    let (phase, freshness) = scene.pace(plan.paced, REQUESTS_PER_SECOND).await?;
    report.phase(&format!("{REQUESTS_PER_SECOND} requests of 1 event a second"), &phase);
    report.paced("", &phase, &freshness);
    scene.drain().await?;
    let pace = Pace::Open {
        per_second: REQUESTS_PER_SECOND,
        probes: None,
    };
    let (sent, _) = to_bare(bare, plan.paced, pace, plan.reference).await?;
    report.figure("bare_answer_p50_ms", sent.latencies.quantile_ms(0.5));
    report.figure("bare_answer_p99_ms", sent.latencies.quantile_ms(0.99));
    Ok(())
}

/// One event a request, many connections: what group commit is for.
async fn single_events(plan: &Plan, scene: &mut Scene, bare: &Bare, report: &mut Report) -> anyhow::Result<()> {
    let shape = plan.single_events;
    let broker = scene
        .stack
        .broker
        .as_ref()
        .context("no broker")?
        .addresses()
        .swap_remove(0);
    let single = single::publish(&broker, shape.connections, plan.reference, &scene.parts);
    let (messages, usage) = single.await?;
    report.figure("broker_us_per_message_of_one_event", usage.us_per(BROKER, messages));
    report.figure(
        "messages_of_one_event_per_s",
        messages as f64 / usage.wall.as_secs_f64(),
    );

    scene.pause_loader()?;
    let phase = scene.saturate(shape).await?;
    scene.resume_loader()?;
    report.phase("1 event a request, 1,000 connections, loader paused", &phase);
    let us = |part| phase.usage.us_per(part, phase.sent.requests);
    report.figure("broker_us_per_request_1000_connections_loader_paused", us(BROKER));
    scene.drain().await?;

    let phase = scene.saturate(shape).await?;
    report.phase("1 event a request, 1,000 connections", &phase);
    let us = |part| phase.usage.us_per(part, phase.sent.requests);
    report.figure("broker_us_per_request_1000_connections", us(BROKER));
    report.figure("gateway_us_per_request_1000_connections", us(GATEWAY));
    let requests_per_s = phase.sent.requests as f64 / phase.usage.wall.as_secs_f64();
    report.figure("requests_per_s_1000_connections", requests_per_s);
    scene.drain().await?;

    let (sent, usage) = to_bare(bare, shape, Pace::Closed, plan.reference).await?;
    report.figure(
        "bare_us_per_request_1000_connections",
        usage.us_per(BARE, sent.requests),
    );
    report.figure(
        "bare_requests_per_s_1000_connections",
        sent.requests as f64 / usage.wall.as_secs_f64(),
    );
    Ok(())
}

/// Throughput, into the queue and out of it at once, then into it, then out of it. The last leaves parts unmerged, whose
/// merging would weigh on what came after it.
async fn batches(plan: &Plan, scene: &mut Scene, bare: &Bare, report: &mut Report) -> anyhow::Result<()> {
    let per_s = |events: u64, usage: &Usage| events as f64 / usage.wall.as_secs_f64();
    let phase = scene.saturate(plan.batches).await?;
    report.phase("20 events a request, 256 connections", &phase);
    report.figure("events_per_s_all_at_once", per_s(phase.sent.events, &phase.usage));
    report.figure("rows_per_s_all_at_once", per_s(phase.rows, &phase.usage));
    let (rows, usage) = scene.drain().await?;
    report.rows("the loader catches up", rows, &usage);

    let before = scene.batches().await?;
    scene.pause_loader()?;
    let phase = scene.saturate(plan.batches).await?;
    report.phase("20 events a request, 256 connections, loader paused", &phase);
    report.figure("events_per_s", per_s(phase.sent.events, &phase.usage));
    for (part, name) in [(GATEWAY, "gateway_us_per_event"), (BROKER, "broker_us_per_event")] {
        report.figure(name, phase.usage.us_per(part, phase.sent.events));
    }
    report.figure(
        "load_cpu_cores",
        phase.usage.of(super::meter::LOAD).as_secs_f64() / phase.usage.wall.as_secs_f64(),
    );

    // Whatever is merged in one of the two ways would be compared with what is not merged in the other.
    scene.database.bytes("SYSTEM STOP MERGES").await?;
    scene.resume_loader()?;
    let (rows, usage) = scene.drain().await?;
    let after = scene.batches().await?;
    report.rows("the loader catches up, merges stopped", rows, &usage);
    report.figure("rows_per_s_catching_up", per_s(rows, &usage));
    let batch_rows = ((after.1 - before.1) / (after.0 - before.0)).max(1.0);
    report.figure("loader_batch_rows", batch_rows);
    let (loader, engine) = (usage.us_per(LOADER, rows), usage.us_per(ENGINE, rows));
    report.figure("loader_us_per_event", loader);
    report.figure("engine_us_per_event", engine);
    let direct_rows = rows.min(plan.direct_rows);
    let url = &scene.stack.engine_url;
    let direct = direct::insert(url, &scene.database, batch_rows as u64, direct_rows, &scene.parts).await?;
    report.say(&format!(
        "direct insert of {} of these rows, Native, same batches, same tables: {:.2} µs a row",
        direct.rows, direct.us_per_row
    ));
    report.figure("direct_insert_us_per_event", direct.us_per_row);
    report.figure("loader_cpu_ratio_direct_insert", (loader + engine) / direct.us_per_row);

    let (sent, usage) = to_bare(bare, plan.batches, Pace::Closed, plan.reference).await?;
    let bare = usage.us_per(BARE, sent.requests * plan.batches.events as u64);
    report.figure("bare_us_per_event", bare);
    Ok(())
}

async fn to_bare(bare: &Bare, shape: Shape, pace: Pace, time: Duration) -> anyhow::Result<(Sent, Usage)> {
    let load = Load {
        address: bare.address,
        connections: shape.connections,
        events: shape.events,
        pace,
        time,
        // Nothing of it is stored.
        numbers: Numbers::default(),
        receipts: false,
    };
    load.run(bare.parts.clone()).await
}
