// What the dashboard weighs and how soon it shows its first chart: `node bench.mjs [--count <events>] [--runs <n>]`.
// Prints a table for people and one JSON object as the last line.
import { parseArgs } from "node:util";
import { startChromium } from "../stack/chromium.mjs";
import { scrollThrough, seriousViolations } from "./axe.mjs";
import { startFilled } from "./filled.mjs";
import { sizes, themes } from "./pages.mjs";

const { values } = parseArgs({ options: { count: { type: "string", default: "100000" }, runs: { type: "string", default: "5" } } });
const clickpath = await startFilled({ traffic: [["--span", "30d", "--count", values.count, "--seed", "1"]] });
const browser = await startChromium();
try {
  const address = `${clickpath.origin}/dashboard?period=30d&tz=UTC`;
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

/** Bytes of everything but reports, as they came over the wire; milliseconds from the first chart's data to its pixels. */
async function measure(address) {
  const context = await browser.newContext({ viewport: sizes.desktop, timezoneId: "UTC" });
  const tab = await context.newPage();
  await tab.goto(address);
  await tab.waitForFunction(() => performance.getEntriesByName("clickpath-first-chart").length > 0);
  await scrollThrough(tab);
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
  await tab.locator("#overview canvas").waitFor();
  await scrollThrough(tab);
  const found = await seriousViolations(tab);
  for (const line of found) console.error(line);
  await context.close();
  return found;
}
