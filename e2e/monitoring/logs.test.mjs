// What programs log, at their most talkative, while they are sent everything that a log must not hold.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { startClickpath } from "../stack/clickpath.mjs";
import { waitFor } from "../stack/wait.mjs";

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
  let clickpath, origin;
  let log = "";

  before(async () => {
    const settings = {
      CLICKPATH_TRUSTED_PROXIES: "127.0.0.1/32",
      CLICKPATH_LOG: ["warn", ...OWN.map((crate) => `${crate}=trace`)].join(","),
      CLICKPATH_LOG_FORMAT: "json",
    };
    clickpath = await startClickpath(settings, (text) => (log += text));
    origin = new URL(clickpath.events).origin;
  });

  after(() => clickpath?.stop());

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
    await clickpath.stop();

    const lines = log.split("\n").filter(Boolean);
    const targets = new Set(lines.map((line) => JSON.parse(line).target.split("::")[0]));
    for (const crate of ["gateway", "clickpath"]) assert.ok(targets.has(crate), `${crate} says nothing: ${[...targets]}`);
    for (const [what, text] of Object.entries(PERSONAL)) {
      assert.deepEqual(lines.filter((line) => line.includes(text)), [], `the log has the ${what}`);
    }
  });
});
