// How often the dashboard's rules find what is there, and what is not: `node anomalies.mjs [--seeds <n>] [--first <seed>] [--verbose]`. Each seed
// is a run of each scenario in each situation. Prints a table for people and one JSON object as the last line.
import { parseArgs } from "node:util";
import { generated, unusualIn } from "./unusual.mjs";

const { values } = parseArgs({ options: { seeds: { type: "string", default: "15" }, first: { type: "string", default: "1000" }, verbose: { type: "boolean", default: false } } });
const AT_ONCE = 2;
const WANTED = { normal: undefined, traffic_spike: "traffic", bot_attack: "bots", payment_incident: "payments", slow_app: "latency" };
/** What was sent, when somebody looks, and at which periods; quiet ones only where nothing goes wrong, since they need not hold what does. */
const SITUATIONS = [
  { name: "week", span: "10d", until: "2026-11-18T15:00:00Z", counts: [20_000, 60_000, 8_000], periods: ["7d"], quiet: ["today", "yesterday", "30d"] },
  { name: "day", span: "3d", until: "2026-11-18T18:00:00Z", counts: [20_000, 60_000], periods: ["yesterday"], quiet: ["today", "7d"] },
  { name: "month", span: "59d", until: "2026-11-18T15:00:00Z", counts: [60_000], periods: ["30d"], quiet: ["today", "yesterday", "7d"] },
];

const runs = SITUATIONS.flatMap((situation) => situation.counts.flatMap((count) => Object.keys(WANTED).flatMap((scenario) => Array.from({ length: Number(values.seeds) }, (_, seed) => ({ situation, count, scenario, seed: Number(values.first) + seed })))));
/** By situation, size and period: how many were found of those that are there, and how many looks had a signal that nothing stands behind. */
const tally = new Map();

async function work() {
  for (let run = runs.shift(); run; run = runs.shift()) {
    const { situation: { name, span, until, periods, quiet }, count, scenario, seed } = run;
    const events = await generated({ scenario, span, count, seed, until });
    for (const period of scenario === "normal" ? [...periods, ...quiet] : periods) {
      const found = await unusualIn(events, { until, period });
      const others = found.filter((one) => one.name !== WANTED[scenario]);
      const isMissed = scenario !== "normal" && others.length === found.length;
      const key = `${name} ${count} ${period} ${scenario}`;
      const sums = tally.get(key) ?? { looks: 0, found: 0, alarms: 0 };
      tally.set(key, { looks: sums.looks + 1, found: sums.found + Number(scenario !== "normal" && !isMissed), alarms: sums.alarms + Number(others.length > 0) });
      if (values.verbose && (isMissed || others.length > 0)) console.log(`${key} seed ${seed}: ${isMissed ? "missed" : ""} ${others.map(({ name: signal, fact, when }) => `${signal}: ${fact} (${when})`).join("; ")}`);
    }
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, work));

const total = { looks: 0, incidents: 0, found: 0, quiet: 0, alarms: 0 };
for (const [key, { looks, found, alarms }] of [...tally].sort()) {
  const isQuiet = key.endsWith(" normal");
  console.log(`${key.padEnd(44)} ${isQuiet ? "" : `${found} of ${looks} found`.padEnd(18)} ${alarms} of ${looks} with a false alarm`);
  total.looks += looks;
  total[isQuiet ? "quiet" : "incidents"] += looks;
  total.found += found;
  if (isQuiet) total.alarms += alarms;
}
console.log(JSON.stringify(total));
