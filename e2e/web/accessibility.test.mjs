// No page has a serious accessibility fault, in any of its looks; none asks elsewhere, breaks its policy or is wider than its window.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startChromium } from "../stack/chromium.mjs";
import { scrollThrough, seriousViolations } from "./axe.mjs";
import { startFilled } from "./filled.mjs";
import { pages, sizes, themes } from "./pages.mjs";
import { inTab } from "./tab.mjs";

let clickpath, browser;

before(async () => {
  [clickpath, browser] = await Promise.all([startFilled({ traffic: [["--span", "10d", "--count", "4000", "--seed", "1"]] }), startChromium()]);
});

after(async () => {
  await browser?.close();
  assert.equal(await clickpath?.stop(), 0, "clickpath did not end in order");
});

for (const page of pages) {
  for (const [size, viewport] of Object.entries(sizes)) {
    test(`${page.name} on a ${size}`, () =>
      inTab(browser, clickpath.origin, { viewport }, async (tab) => {
        await page.before?.(tab, clickpath.origin);
        await tab.goto(`${clickpath.origin}${page.path}`);
        await tab.locator(page.ready).first().waitFor();
        await scrollThrough(tab);
        await page.prepare?.(tab);
        for (const colorScheme of themes) {
          await tab.emulateMedia({ colorScheme });
          // Colours are all that differs.
          assert.deepEqual(await seriousViolations(tab, colorScheme === themes[0] ? undefined : ["color-contrast"]), [], colorScheme);
        }
        const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${page.name} is ${overflow} px wider than a ${size}`);
      }));
  }
}
