// What axe-core finds wrong with a page.
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
