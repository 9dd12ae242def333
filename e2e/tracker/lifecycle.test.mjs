// Pages that the browser keeps, freezes and throws away.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startChromium } from "../stack/chromium.mjs";
import { visit } from "./site.mjs";

const RESTORED = 'addEventListener("pageshow", ({ persisted }) => persisted && clickpath.track("restored", {}, "server"));';

let browser;
before(async () => (browser = await startChromium({ ignoreDefaultArgs: ["--disable-back-forward-cache"] })));
after(() => browser.close());

const PAGES = { "/a": '<script src="/restored.js"></script><button id="buy">Buy</button>', "/b": "<p>b</p>", "/restored.js": RESTORED };

async function open(context) {
  const { site, page } = await visit(context, browser, { pages: PAGES, path: "/a" });
  await site.wait("the page", () => site.titled("page_view").length === 1);
  return { site, page };
}

/** Of the page at `/a`; a beacon's events come once more from the next page, under the same ids. */
const of = (site, title) => [...new Map(site.titled(title).filter(({ url }) => url.endsWith("/a")).map((event) => [event.id, event])).values()];

test("page out of the back/forward cache is viewed once more, in the same session", async (context) => {
  const { site, page } = await open(context);
  await page.evaluate(() => setTimeout(() => location.assign("/b")));
  await site.wait("the next page", () => site.titled("page_view").some(({ url }) => url.endsWith("/b")));
  assert.equal(of(site, "page_leave").length, 1);
  await page.evaluate(() => setTimeout(() => history.back()));
  await site.wait("the page as it was", () => site.titled("restored").length && of(site, "page_view").length === 2);
  const [first, second] = of(site, "page_view");
  assert.equal(second.session_id, first.session_id);
  assert.notEqual(second.id, first.id);
  assert.ok(second.created_at > site.titled("page_view").find(({ url }) => url.endsWith("/b")).created_at);
});

test("tab that is frozen, then thrown away, has told its end", async (context) => {
  const { site, page } = await open(context);
  await page.mouse.click(20, 20);
  // As the browser does before it freezes: headless Chromium does not, because it shows all of its tabs.
  await page.evaluate(() => document.dispatchEvent(new Event("freeze", { bubbles: true })));
  await site.wait("the end", () => of(site, "page_leave").length && of(site, "click").length);
  // Without the page's own end: no code of it runs any more.
  await page.close();
  assert.equal(of(site, "page_leave").length, 1);
});

test("closed tab has told its end", async (context) => {
  const { site, page } = await open(context);
  const closed = page.waitForEvent("close");
  await page.close({ runBeforeUnload: true });
  await closed;
  await site.wait("the end", () => of(site, "page_leave").length);
});
