// What the dashboard calls unusual, over a week and a day of each scenario: found, at its time, and nothing else. More seeds: `anomalies.mjs`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { generated, pulseOf, unusualIn } from "./unusual.mjs";

const HOUR_MS = 3_600_000;
const WEEK = { span: "10d", count: 20_000, until: "2026-11-18T15:00:00Z", period: "7d", begins: "2026-11-12T15:00:00Z", ends: "2026-11-14T15:00:00Z", off: 12 };
const DAY = { span: "3d", count: 60_000, until: "2026-11-18T18:00:00Z", period: "yesterday", begins: "2026-11-16T22:48:00Z", ends: "2026-11-17T13:12:00Z", off: 3 };
const WANTED = { normal: undefined, traffic_spike: "traffic", bot_attack: "bots", payment_incident: "payments", slow_app: "latency" };

for (const [scenario, wanted] of Object.entries(WANTED)) {
  for (const [kind, situation, seed] of [["week", WEEK, 31], ["week", WEEK, 32], ["day", DAY, 33]]) {
    test(`${scenario}, a ${kind}, seed ${seed}`, async () => {
      const found = await unusualIn(await generated({ scenario, seed, ...situation }), situation);
      assert.deepEqual(found.map(({ name }) => name), wanted ? [wanted] : [], JSON.stringify(found));
      const [{ from, to }] = wanted ? found : [{}];
      // The visits of one day and the one before have no usual time of the day: these are compared as a whole.
      if (from === undefined) return assert.ok(!wanted || (kind === "day" && wanted === "traffic"));
      const begins = Math.max(Date.parse(situation.begins), kind === "day" && wanted === "latency" ? Date.parse("2026-11-17") : 0);
      for (const [is, should] of [[from, begins], [to, Date.parse(situation.ends)]]) {
        assert.ok(Math.abs(is - should) <= situation.off * HOUR_MS, `${new Date(is).toISOString()} instead of ${new Date(should).toISOString()}`);
      }
    });
  }
}

test("a period of more than a year is asked for as far back as the gateway answers", async () => {
  const events = await generated({ scenario: "normal", seed: 34, span: "400d", count: 2_000, until: WEEK.until });
  const asked = await pulseOf(events, { until: WEEK.until, from: "2025-06-01", to: "2026-11-18" });
  assert.equal(asked.days, 731);
});
