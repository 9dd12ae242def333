// Every page, at desktop and phone size, light and dark: `node screenshots.mjs <folder> [address of a running clickpath] [page]`. Without an
// address it starts one and fills it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startChromium } from "../stack/chromium.mjs";
import { scrollThrough } from "./axe.mjs";
import { pages, sizes, themes } from "./pages.mjs";
import { startFilled } from "./filled.mjs";

const [folder, address, only] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const clickpath = address ? { origin: address, stop() {} } : await startFilled();
const browser = await startChromium();
try {
  for (const page of pages.filter(({ name }) => !only || name === only)) {
    for (const [size, viewport] of Object.entries(sizes)) {
      for (const colorScheme of themes) {
        const context = await browser.newContext({ viewport, colorScheme, locale: "en-GB", timezoneId: "UTC" });
        const tab = await context.newPage();
        await page.before?.(tab, clickpath.origin);
        await tab.goto(`${clickpath.origin}${page.path}`);
        await tab.locator(page.ready).first().waitFor();
        await scrollThrough(tab);
        await page.prepare?.(tab);
        const path = join(folder, `${page.name}-${size}-${colorScheme}.png`);
        await tab.screenshot({ path, fullPage: true });
        console.log(path);
        await context.close();
      }
    }
  }
} finally {
  await browser.close();
  await clickpath.stop();
}
