// What programs log, at their most talkative, while they are sent everything that a log must not hold.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { waitFor } from "../stack/wait.mjs";
import { answers, freePorts, start } from "./programs.mjs";

const cache = process.env.CLICKPATH_CACHE_DIR ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "clickpath");
const OWN = ["clickpath", "gateway", "loader", "queue", "enrich", "warehouse", "entities"];
/** What visitors are, do and write; each a text that nothing else contains. */
const PERSONAL = {
  address: "203.0.113.77",
  email: "ada.visitor@personal.example",
  key: "cp_a-key-that-nobody-has",
  user: "visitor-4711-of-the-log-test",
  session: "session-0815-of-the-log-test",
  page: "/letters/from-the-log-test",
  search: "query-of-the-log-test",
  agent: "AgentOfTheLogTest/1.0",
  payload: "payload-of-the-log-test",
};

describe("logs", () => {
  let folder, program, origin;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "clickpath-logs-"));
    const [port, enginePort] = await freePorts(2);
    origin = `http://127.0.0.1:${port}`;
    program = start(["up"], {
      CLICKPATH_LISTEN: `127.0.0.1:${port}`,
      CLICKPATH_WAREHOUSE_LISTEN: `127.0.0.1:${enginePort}`,
      CLICKPATH_WAREHOUSE_DIR: join(folder, "clickhouse"),
      CLICKPATH_QUEUE_DIR: join(folder, "queue"),
      CLICKPATH_LOADER_DIR: join(folder, "loader"),
      CLICKPATH_GEOIP_FILE: join(cache, "geoip/geo-whois-asn-country.mmdb"),
      CLICKPATH_TRUSTED_KEY_FILE: join(folder, "trusted.key"),
      CLICKPATH_TRUSTED_PROXIES: "127.0.0.1/32",
      CLICKPATH_LOG: ["warn", ...OWN.map((crate) => `${crate}=trace`)].join(","),
      CLICKPATH_LOG_FORMAT: "json",
    });
    await answers(`${origin}/health/ready`, program);
  });

  after(async () => {
    await program?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("are objects, and hold nothing of a visitor", async () => {
    const { address, email, key, user, session, page, search, agent, payload } = PERSONAL;
    const headers = { "content-type": "application/json", "user-agent": agent, "x-forwarded-for": address, referer: `${origin}${page}` };
    const post = (path, body, more = {}) => fetch(origin + path, { method: "POST", headers: { ...headers, ...more }, body });
    const event = (more = {}) => ({
      id: crypto.randomUUID(), type: "click", created_at: Date.now(), session_id: session, user_id: user,
      url: `${page}?email=${email}&q=${search}`, referrer: `https://x.example${page}`,
      payload: { event_title: "click", element_id: "#pay", email, text: payload }, ...more,
    });
    const statuses = [
      await post("/events?site=shop", JSON.stringify([event(), event({ type: payload }), event({ id: email }), event({ [payload]: 1 })])),
      await post("/events?site=shop", JSON.stringify(event({ url: `javascript:${payload}` }))),
      await post("/events?site=shop", `[{"${payload}": ${email}`),
      await post("/events?site=nowhere", JSON.stringify(event())),
      await post("/events?site=shop", JSON.stringify(event()), { authorization: `Bearer ${key}` }),
      await post(`/events?site=shop&sent_at=${search}`, JSON.stringify(event())),
      await post(`/entities/users?${search}`, JSON.stringify([{ user_id: user, email, phone: payload }])),
      await fetch(`${origin}/reports/events?site=shop&from=${search}&user=${user}`, { headers }),
      await fetch(`${origin}${page}?q=${search}`, { headers }),
      await fetch(`${origin}/users/?after=${user}`, { headers }),
    ].map(({ status }) => status);
    assert.deepEqual(statuses.slice(0, 4), [202, 422, 400, 403]);
    assert.ok(!statuses.includes(500), `${statuses}`);
    await waitFor("the row and the refused ones", async () => {
      const metrics = await (await fetch(`${origin}/metrics`)).text();
      return /^clickpath_loader_rows_total [1-9]/m.test(metrics) && /^clickpath_loader_records_total [3-9]/m.test(metrics);
    });
    await program.stop();

    const lines = program.log.split("\n").filter(Boolean);
    const targets = new Set(lines.map((line) => JSON.parse(line).target.split("::")[0]));
    for (const crate of ["gateway", "clickpath"]) assert.ok(targets.has(crate), `${crate} says nothing: ${[...targets]}`);
    for (const [what, text] of Object.entries(PERSONAL)) {
      assert.deepEqual(lines.filter((line) => line.includes(text)), [], `the log has the ${what}`);
    }
  });
});
