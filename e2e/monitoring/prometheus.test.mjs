// Prometheus looks at a Clickpath of several processes with the rules that are shipped, their times shortened from minutes to seconds.
// Scenarios of the generator and a loader that is killed raise their alerts, and the alerts end.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { stringify } from "yaml";

import { startBroker } from "../stack/broker.mjs";
import { geoipFile } from "../stack/clickpath.mjs";
import { waitFor } from "../stack/wait.mjs";
import { answers, freePorts, run, start } from "./programs.mjs";
import { configuration, documented, rules, series } from "./rules.mjs";

// A busy machine; most waits end within ten seconds.
const PATIENCE_MS = 60_000;

describe("a running system under Prometheus", () => {
  let folder, broker, engine, gateway, loader, prometheus, ports, settings;
  const running = [];
  const keep = (program) => running[running.push(program) - 1];
  const url = (port, path) => `http://127.0.0.1:${port}${path}`;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "clickpath-monitoring-"));
    const [gatewayPort, loaderPort, enginePort, prometheusPort] = await freePorts(4);
    ports = { gateway: gatewayPort, loader: loaderPort, prometheus: prometheusPort };
    settings = {
      CLICKPATH_LISTEN: `127.0.0.1:${gatewayPort}`,
      CLICKPATH_LOADER_LISTEN: `127.0.0.1:${loaderPort}`,
      CLICKPATH_WAREHOUSE_LISTEN: `127.0.0.1:${enginePort}`,
      CLICKPATH_WAREHOUSE_DIR: join(folder, "clickhouse"),
      CLICKPATH_QUEUE_DIR: join(folder, "queue"),
      CLICKPATH_LOADER_DIR: join(folder, "loader"),
      CLICKPATH_GEOIP_FILE: geoipFile,
      CLICKPATH_TRUSTED_KEY: "the generator may name its visitors' agents",
      CLICKPATH_LEDGER_CHECK_SECONDS: "1",
      CLICKPATH_LOADER_SLACK_MS: "3000",
      CLICKPATH_GATEWAY_URL: url(gatewayPort, ""),
      CLICKHOUSE_URL: url(enginePort, ""),
    };
    const opened = async () => {
      engine = keep(start(["warehouse"], settings));
      await answers(url(enginePort, "/ping"), engine);
      await run(["migrate"], settings);
    };
    [broker] = await Promise.all([startBroker({ metrics: true }), opened()]);
    settings.CLICKPATH_AMQP_URL = broker.url;
    gateway = keep(start(["gateway"], settings));
    loader = keep(start(["load"], settings));
    await Promise.all([answers(url(gatewayPort, "/health/ready"), gateway), answers(url(loaderPort, "/health/live"), loader)]);
    await writeFile(join(folder, "rules.yml"), stringify(hastened(rules)));
    await writeFile(join(folder, "prometheus.yml"), stringify(aimed(configuration, ports, broker.metricsUrl)));
    const words = [`--web.listen-address=127.0.0.1:${prometheusPort}`, "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb"];
    prometheus = keep(start(words, {}, { program: "prometheus", cwd: folder }));
    await answers(url(prometheusPort, "/-/ready"), prometheus);
  });

  after(async () => {
    await Promise.all(running.map((program) => program.stop(program === engine ? "SIGTERM" : "SIGKILL")));
    await broker?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const ask = async (path) => {
    const answer = await fetch(url(ports.prometheus, `/api/v1/${path}`));
    const { status, data, error } = await answer.json();
    assert.equal(status, "success", error);
    return data;
  };
  /** Names, without those that this machine may earn by itself: it is busy with other tests, and its disk is its own. */
  const firing = async () => {
    const { alerts } = await ask("alerts");
    const names = alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels.alertname);
    return [...new Set(names)].filter((name) => !/^(Disk|Descriptors)|(Slow|Late)$/.test(name));
  };
  const fires = (alert) => waitFor(`${alert} to fire`, async () => (await firing()).includes(alert), PATIENCE_MS);
  const visitors = (scenario, seed) => {
    const pace = ["--rate", "1500", "--count", "0", "--connections", "1"];
    return keep(start(["generate", "--scenario", scenario, "--seed", String(seed), ...pace], settings));
  };

  test("has every series that rules read, and alerts as it should", async () => {
    const refused = await fetch(url(ports.gateway, "/events?site=shop"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([{ type: "click", session_id: "1", url: "/" }]),
    });
    assert.equal(refused.status, 422);
    const quiet = visitors("normal", 1);
    const ofClickHouse = (name) => name.startsWith("ClickHouse");
    const ofEmbeddedQueue = (name) => /^clickpath_(queue_groups|queue_bytes)$/.test(name);
    for (const name of series.filter((name) => !ofClickHouse(name) && !ofEmbeddedQueue(name))) {
      await waitFor(`series of ${name}`, async () => (await ask(`query?query=count(${name})`)).result.length > 0, PATIENCE_MS);
    }
    for (const { alert, job } of [{ alert: "GatewayDown", job: "clickpath-gateway" }, { alert: "BrokerDown", job: "rabbitmq-queues" }]) {
      const { result } = await ask(`query?query=up{job="${job}"}`);
      assert.equal(result[0]?.value[1], "1", `${alert} could never be told`);
    }
    await payments().catch((error) => assert.fail(`${error.message}; ${quiet.log.slice(0, 1_500)}`));
    assert.deepEqual(await firing(), [], "nothing is wrong yet");
    await quiet.stop();

    const scenarios = { payment_incident: "PaymentIncident", slow_app: "SlowApp", bot_attack: "BotAttack" };
    for (const [scenario, alert] of Object.entries(scenarios)) {
      const crowd = visitors(scenario, 2);
      await fires(alert);
      // What the scenario before raised has to end while this one goes on.
      let seen;
      const alone = async () => (seen = String(await firing())) === alert;
      await waitFor(`nothing but ${alert}`, alone, PATIENCE_MS).catch((error) => assert.fail(`${error.message}: ${seen}`));
      await crowd.stop();
    }

    const better = visitors("normal", 3);
    await loader.stop("SIGKILL");
    await Promise.all([fires("LoaderDown"), fires("QueueOld")]);
    loader = keep(start(["load"], settings));
    await waitFor("everything to be well", async () => (await firing()).length === 0, PATIENCE_MS);
    await better.stop();
  });

  /** Enough of them that the shares of the last seconds mean something. */
  const payments = () =>
    waitFor("payments", async () => {
      const { result } = await ask(`query?query=${encodeURIComponent('sum(clickpath_payments_total{outcome="ok"})')}`);
      return Number(result[0]?.value[1]) >= 10;
    }, PATIENCE_MS);

  test("tells nothing that is not in the table", async () => {
    const named = new Set();
    for (const port of [ports.gateway, ports.loader]) {
      const text = await (await fetch(url(port, "/metrics"))).text();
      for (const [, name, type] of text.matchAll(/^# TYPE (\w+) (\w+)$/gm)) {
        named.add(name + ({ counter: "_total", info: "_info" }[type] ?? ""));
      }
    }
    assert.ok(named.size > 50);
    assert.deepEqual([...named].filter((name) => !documented.includes(name)), []);
  });
});

/** A minute becomes a second and a half: an incident of the last five minutes is one of the last eight seconds, and a queue is old after eight. */
function hastened(rules) {
  const minutes = (count, unit) => (unit === "h" ? count * 60 : Number(count));
  const seconds = (span) => span.replace(/(\d+)(m|h)\b/g, (_, count, unit) => `${Math.ceil(minutes(count, unit) * 1.5)}s`);
  const groups = rules.groups.map((group) => ({
    ...group,
    interval: "1s",
    rules: group.rules.map((rule) => ({
      ...rule,
      expr: rule.expr.replace(/\[\w+\]|offset \w+/g, seconds).replace("clickpath:queue_age_seconds > 300", "clickpath:queue_age_seconds > 8"),
      ...(rule.for && { for: seconds(rule.for) }),
    })),
  }));
  return { groups };
}

/** The same jobs, at the addresses of this machine. The embedded engine has no endpoint of ClickHouse's server. */
function aimed(configuration, ports, broker) {
  const targets = {
    "gateway:8080": `127.0.0.1:${ports.gateway}`,
    "loader:9101": `127.0.0.1:${ports.loader}`,
    "rabbitmq:15692": new URL(broker).host,
  };
  return {
    ...configuration,
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    scrape_configs: configuration.scrape_configs
      .filter(({ job_name }) => job_name !== "clickhouse")
      .map((job) => ({ ...job, static_configs: [{ targets: job.static_configs[0].targets.map((target) => targets[target]) }] })),
  };
}
