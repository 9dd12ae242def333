// One request with events, from its arrival to its row, as an OpenTelemetry collector sees it: one trace over two processes and the broker.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { startBroker } from "../stack/broker.mjs";
import { geoipFile } from "../stack/clickpath.mjs";
import { waitFor } from "../stack/wait.mjs";
import { answers, freePorts, run, start } from "./programs.mjs";

const KEY = "traces are begun by who has this key";
const KINDS = { "POST /events": 2, validate: 1, enrich: 1, publish: 4, confirm: 3, receive: 5, insert: 3, acknowledge: 3 };

/** Takes OTLP/JSON at /v1/traces; `spans` has what came, each with its service. */
async function startCollector() {
  const spans = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    assert.equal(`${request.method} ${request.url}`, "POST /v1/traces");
    for (const { resource, scopeSpans } of JSON.parse(body).resourceSpans) {
      const service = resource.attributes.find(({ key }) => key === "service.name").value.stringValue;
      for (const scope of scopeSpans) spans.push(...scope.spans.map((span) => ({ service, ...span })));
    }
    response.setHeader("content-type", "application/json").end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { spans, url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

describe("traces", () => {
  let folder, broker, collector, origin, loaderUrl;
  const running = [];
  const keep = (program) => running[running.push(program) - 1];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "clickpath-traces-"));
    collector = await startCollector();
    const [gatewayPort, loaderPort, enginePort] = await freePorts(3);
    [origin, loaderUrl] = [gatewayPort, loaderPort].map((port) => `http://127.0.0.1:${port}`);
    const settings = {
      CLICKPATH_LISTEN: `127.0.0.1:${gatewayPort}`,
      CLICKPATH_LOADER_LISTEN: `127.0.0.1:${loaderPort}`,
      CLICKPATH_WAREHOUSE_LISTEN: `127.0.0.1:${enginePort}`,
      CLICKPATH_WAREHOUSE_DIR: join(folder, "clickhouse"),
      CLICKPATH_QUEUE_DIR: join(folder, "queue"),
      CLICKPATH_LOADER_DIR: join(folder, "loader"),
      CLICKPATH_GEOIP_FILE: geoipFile,
      CLICKPATH_TRUSTED_KEY: KEY.replaceAll(" ", "-"),
      CLICKHOUSE_URL: `http://127.0.0.1:${enginePort}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      // Only what is asked for by its header.
      OTEL_TRACES_SAMPLER_ARG: "0",
    };
    const engine = keep(start(["warehouse"], settings));
    const opened = async () => {
      await answers(`${settings.CLICKHOUSE_URL}/ping`, engine);
      await run(["migrate"], settings);
    };
    [broker] = await Promise.all([startBroker(), opened()]);
    settings.CLICKPATH_AMQP_URL = broker.url;
    const gateway = keep(start(["gateway"], settings));
    const loader = keep(start(["load"], settings));
    await answers(`${origin}/health/ready`, gateway);
    // Nobody has ever sent anything through this broker.
    await answers(`${loaderUrl}/health/ready`, loader);
  });

  after(async () => {
    await Promise.all(running.map((program) => program.stop("SIGKILL")));
    await broker?.stop();
    collector?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const send = async (title, headers) => {
    const body = JSON.stringify({ type: "click", created_at: new Date().toISOString(), session_id: "s", url: "/", payload: { event_title: title } });
    const answer = await fetch(`${origin}/events`, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
    assert.equal(answer.status, 202, await answer.text());
  };

  test("one trace goes from the request through the broker to the row", async () => {
    const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    const traceparent = `00-${trace}-00f067aa0ba902b7-01`;
    // Chance chooses none, and a stranger's word does not count.
    await send("stranger", { traceparent: traceparent.replaceAll("4bf9", "5bf9") });
    await send("ours", { traceparent, authorization: `Bearer ${KEY.replaceAll(" ", "-")}` });
    const names = () => collector.spans.map(({ name }) => name).sort();
    await waitFor("eight spans", () => collector.spans.length >= 8, 20_000);
    assert.deepEqual(names(), Object.keys(KINDS).sort());
    const of = Object.fromEntries(collector.spans.map((span) => [span.name, span]));
    const parents = Object.fromEntries(collector.spans.map(({ name, parentSpanId }) => {
      const parent = collector.spans.find(({ spanId }) => spanId === parentSpanId);
      return [name, parent?.name ?? parentSpanId];
    }));
    assert.deepEqual(parents, {
      "POST /events": "00f067aa0ba902b7",
      validate: "POST /events",
      enrich: "POST /events",
      publish: "POST /events",
      confirm: "publish",
      receive: "publish",
      insert: "receive",
      acknowledge: "receive",
    });
    for (const [name, span] of Object.entries(of)) {
      assert.equal(span.traceId, trace, name);
      assert.equal(span.kind, KINDS[name], name);
      assert.equal(span.service, ["receive", "insert", "acknowledge"].includes(name) ? "clickpath-loader" : "clickpath-gateway", name);
      assert.ok(BigInt(span.startTimeUnixNano) <= BigInt(span.endTimeUnixNano), name);
    }
    assert.ok(BigInt(of.confirm.startTimeUnixNano) >= BigInt(of.publish.startTimeUnixNano));
    assert.ok(BigInt(of.insert.startTimeUnixNano) >= BigInt(of.receive.startTimeUnixNano));
    assert.deepEqual(of.insert.attributes.map(({ key }) => key), ["clickpath.rows"]);
    // Numbers only: nothing of who clicked what.
    for (const { attributes } of collector.spans) for (const { value } of attributes) assert.deepEqual(Object.keys(value), ["intValue"]);
  });
});
