// What the dashboard weighs and how soon it shows its first chart: `node bench.mjs [--count <events>] [--events <events>] [--runs <n>]`.
// `--count` events come through the door; `--events` are written into the tables as a loader does, for millions of them.
// Prints a table for people and one JSON object as the last line.
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { startChromium } from "../stack/chromium.mjs";
import { startClickpath } from "../stack/clickpath.mjs";
import { scrollThrough, seriousViolations } from "./axe.mjs";
import { startFilled } from "./filled.mjs";
import { sizes, themes } from "./pages.mjs";

const { values } = parseArgs({ options: { count: { type: "string", default: "100000" }, events: { type: "string" }, runs: { type: "string", default: "5" } } });
/** The month of warehouse/benches/storage/events.rs. */
const MONTH = { period: "custom", from: "2026-10-24", to: "2026-11-22" };
/** All cards over ten million rows, two cores. */
const PATIENCE_MS = 120_000;
const root = new URL("../..", import.meta.url).pathname;

const clickpath = values.events ? await startWritten(values.events) : await startFilled({ traffic: [["--span", "30d", "--count", values.count, "--seed", "1"]] });
const browser = await startChromium();
try {
  const address = `${clickpath.origin}/dashboard?${new URLSearchParams({ ...(values.events ? MONTH : { period: "30d" }), tz: "UTC" })}`;
  const runs = [];
  for (let run = 0; run < Number(values.runs); run += 1) runs.push(await measure(address));
  let axe_serious = 0;
  for (const viewport of Object.values(sizes)) {
    for (const colorScheme of themes) axe_serious += (await violations(address, viewport, colorScheme)).length;
  }
  const median = (name) => runs.map((run) => run[name]).sort((one, other) => one - other)[Math.floor(runs.length / 2)];
  const rows = await clickpath.query("SELECT count() AS rows FROM events");
  const figures = { compressed_bytes: median("bytes"), first_chart_ms: median("chart"), axe_serious, data_ms: median("data"), requests: median("requests"), events: Number(rows[0].rows), runs: runs.length };
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(18)} ${value}`);
  console.log(JSON.stringify(figures));
} finally {
  await browser.close();
  await clickpath.stop();
}

/** A running clickpath whose database the bench of the queries has filled, merges awaited. */
async function startWritten(events) {
  const started = await startClickpath({ CLICKPATH_CLICKHOUSE_READ_TIMEOUT_MS: "120000" });
  const fill = ["bench", "--quiet", "--package", "warehouse", "--bench", "queries", "--", "--rows", events, "--database", "clickpath", "--fill"];
  execFileSync("cargo", fill, { cwd: root, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, CLICKHOUSE_URL: started.clickhouse } });
  return { ...started, origin: new URL(started.dashboard).origin };
}

/** Bytes of everything but reports, as they came over the wire; milliseconds from the first chart's data to its pixels. */
async function measure(address) {
  const context = await browser.newContext({ viewport: sizes.desktop, timezoneId: "UTC" });
  const tab = await context.newPage();
  await tab.goto(address);
  await tab.waitForFunction(() => performance.getEntriesByName("clickpath-first-chart").length > 0, undefined, { timeout: PATIENCE_MS });
  await scrollThrough(tab, PATIENCE_MS);
  const measured = await tab.evaluate(() => {
    const [page] = performance.getEntriesByType("navigation");
    const all = performance.getEntriesByType("resource");
    const files = all.filter(({ name }) => new URL(name).pathname.startsWith("/assets/"));
    const data = all.find(({ name }) => name.includes("/reports/dau?"));
    const [mark] = performance.getEntriesByName("clickpath-first-chart");
    return {
      bytes: [page, ...files].reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
      chart: Math.round(mark.startTime - data.responseEnd),
      data: Math.round(data.responseEnd),
      requests: all.filter(({ name }) => name.includes("/reports/")).length,
    };
  });
  await context.close();
  return measured;
}

async function violations(address, viewport, colorScheme) {
  const context = await browser.newContext({ viewport, colorScheme, timezoneId: "UTC" });
  const tab = await context.newPage();
  await tab.goto(address);
  await tab.locator("#overview canvas").waitFor({ timeout: PATIENCE_MS });
  await scrollThrough(tab, PATIENCE_MS);
  const found = await seriousViolations(tab);
  for (const line of found) console.error(line);
  await context.close();
  return found;
}
