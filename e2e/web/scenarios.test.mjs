// Each scenario of the generator, seen on the dashboard at once: what is unusual, the usual value beside it, and since when.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startChromium } from "../stack/chromium.mjs";
import { startFilled } from "./filled.mjs";
import { inTab } from "./tab.mjs";

/** By site, so that one clickpath is enough: what its line says. */
const SCENARIOS = {
  normal: undefined,
  traffic_spike: ["traffic", /^Traffic[\d,]+ sessions, usually [\d,]+ at such times/],
  bot_attack: ["bots", /^Bots[5-9]\d% of [\d,]+ events were bots', usually \d%/],
  payment_incident: ["payments", /^Payments[4-9]\d% of [\d,]+ payment attempts were refused, usually \d+%/],
  slow_app: ["latency", /^Latency95th percentile of latency [\d.]+ s, usually \d+ ms/],
};
const DAYS = 10;
const HOUR_MS = 3_600_000;
/** The last three in the afternoon (UTC) that is over: where a stretch begins and ends depends on the hour at which somebody looks. */
const UNTIL = new Date(Math.floor((Date.now() - 15 * HOUR_MS) / (24 * HOUR_MS)) * 24 * HOUR_MS + 15 * HOUR_MS).toISOString();
let clickpath, browser, folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "clickpath-scenarios-"));
  const file = join(folder, "sites.toml");
  writeFileSync(file, Object.keys(SCENARIOS).map((name) => `[[site]]\nname = "${name}"\nbase_url = "http://127.0.0.1:8080/"\norigins = ["http://127.0.0.1:8080"]\nmax_age_days = 60\n`).join("\n"));
  // Of three payments in an hour nobody can tell to half a day when fewer of them went well.
  const traffic = Object.keys(SCENARIOS).map((name, seed) => ["--site", name, "--scenario", name, "--span", `${DAYS}d`, "--count", name === "payment_incident" ? "60000" : "8000", "--seed", String(seed + 1), "--until", UNTIL]);
  [clickpath, browser] = await Promise.all([startFilled({ settings: { CLICKPATH_SITES_FILE: file }, traffic }), startChromium()]);
});

after(async () => {
  await browser?.close();
  assert.equal(await clickpath?.stop(), 0, "clickpath did not end in order");
  rmSync(folder, { recursive: true, force: true });
});

for (const [site, wanted] of Object.entries(SCENARIOS)) {
  test(`${site} ${wanted ? "is obvious" : "is quiet"}`, () =>
    inTab(browser, clickpath.origin, { viewport: { width: 1440, height: 900 } }, async (tab) => {
      await tab.clock.setFixedTime(UNTIL);
      await tab.goto(`${clickpath.origin}/dashboard?site=${site}&period=7d&tz=UTC`);
      await tab.waitForFunction(() => document.querySelectorAll("[data-signal]:not([data-level=waiting])").length === 4);
      const lines = tab.locator("[data-incident]");
      if (!wanted) {
        assert.deepEqual(await lines.allTextContents(), []);
        return;
      }
      const [name, says] = wanted;
      await lines.first().waitFor();
      assert.deepEqual(await lines.evaluateAll((all) => all.map(({ dataset }) => dataset.incident)), [name], await lines.allTextContents().then(String));
      assert.match(await lines.textContent(), says);
      // The middle fifth of ten days, to a step of three hours and one stray visit.
      const { top } = await lines.evaluate((line) => line.getBoundingClientRect());
      assert.ok(top < 300, `the line lies ${top} px down`);
      const said = await lines.locator(".incident-when").textContent();
      const [from, to] = said.split(" – ").map((text) => Date.parse(`${text.replace(",", ` ${UNTIL.slice(0, 4)}`)} UTC`));
      for (const [moment, ago] of [[from, 6], [to, 4]]) {
        const off = Math.abs(moment - (Date.parse(UNTIL) - ago * 86_400_000)) / 3_600_000;
        assert.ok(off <= 12, `${said}: ${off} hours off`);
      }
    }));
}
