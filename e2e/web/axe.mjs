// What axe-core finds wrong with a page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Serious and critical violations, one line each; of all rules or of those named. */
export async function seriousViolations(tab, rules) {
  await tab.evaluate(source);
  const { violations } = await tab.evaluate((only) => globalThis.axe.run(document, { resultTypes: ["violations"], ...(only && { runOnly: only }) }), rules);
  const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  return serious.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ target, failureSummary }) => `${target.join(" ")} (${failureSummary.replace(/\s+/g, " ").slice(0, 200)})`).join("; ")}`);
}

/** Until each card was in view and has its answer: cards ask when they come near. */
export async function scrollThrough(tab, timeout = 30_000) {
  await tab.evaluate(async () => {
    for (let top = 0; top < document.body.scrollHeight; top += innerHeight / 2) {
      scrollTo({ top, behavior: "instant" });
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    }
    scrollTo({ top: 0, behavior: "instant" });
  });
  await tab.waitForFunction(() => !document.querySelector(".skeleton, [aria-busy=true]"), undefined, { timeout });
}

/** In both themes and sizes. */
export async function assertAccessible(page) {
  for (const colorScheme of ["light", "dark"]) {
    for (const viewport of [{ width: 1440, height: 900 }, { width: 390, height: 844 }]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize(viewport);
      assert.deepEqual(await seriousViolations(page), [], `${colorScheme}, ${viewport.width}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `the page is ${wide} px wider than its window of ${viewport.width} px`);
    }
  }
}
