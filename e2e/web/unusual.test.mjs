// What the dashboard calls unusual, over a week and a day of each scenario: found, at its time, and nothing else. More seeds: `anomalies.mjs`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { generated, judged, pulseOf, unusualIn } from "./unusual.mjs";

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

test("a few cases more than before are no incident, many are", () => {
  const of = (part, whole) => ({ part, whole });
  assert.equal(judged("Payments", of(4, 19), of(1, 24)), "good");
  assert.equal(judged("Payments", of(40, 190), of(10, 240)), "bad");
  assert.equal(judged("Payments", of(20, 190), of(1, 240)), "good", "certain, and not one in seven");
  assert.equal(judged("Payments", of(4, 27), of(0, 0)), "good", "nothing before");
  assert.equal(judged("Payments", of(30, 60), of(0, 0)), "bad");
  assert.equal(judged("Bots", of(90, 150), of(0, 900)), "good", "one bot's long visit");
  assert.equal(judged("Bots", of(900, 1_500), of(0, 900)), "bad");
});

test("what is slow is slower in itself, and not more of what always was", () => {
  const rows = (...all) => [["", ...all[0]], ...all.slice(1)].map(([event_title, events, p50_ms, p95_ms]) => ({ event_title, events, p50_ms, p95_ms }));
  const before = rows([700, 150, 400], ["page_view", 600, 150, 380], ["payment_attempt", 100, 500, 800]);
  assert.equal(judged("Latency", rows([800, 160, 700], ["page_view", 600, 150, 380], ["payment_attempt", 200, 500, 800]), before), "good", "more payments");
  assert.equal(judged("Latency", rows([700, 300, 800], ["page_view", 600, 300, 760], ["payment_attempt", 100, 500, 800]), before), "bad");
  assert.equal(judged("Latency", rows([700, 150, 700], ["page_view", 600, 150, 690], ["payment_attempt", 100, 500, 800]), before), "good", "thirty slow pages");
  const many = (list) => list.map((row) => ({ ...row, events: 10 * row.events }));
  assert.equal(judged("Latency", many(rows([700, 150, 700], ["page_view", 600, 150, 690], ["payment_attempt", 100, 500, 800])), many(before)), "bad", "three hundred");
});
