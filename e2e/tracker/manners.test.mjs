// The tracker on pages that are large, nested, sparing or hostile: it still works, and disturbs nobody.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startChromium } from "../stack/chromium.mjs";
import { visit } from "./site.mjs";

const FRAMES = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; style-src 'unsafe-inline'; frame-src 'self'";

let browser;
before(async () => (browser = await startChromium()));
after(() => browser.close());

const arrived = async (page, site, mark) => {
  await page.evaluate((mark) => clickpath.track(mark), mark);
  await site.wait(mark, () => site.titled(mark).length);
};

test("frame of the same origin tells of its clicks, not of a page", (context) =>
  visit(context, browser, { pages: { "/": `<iframe id="frame" src="/inner"></iframe>`, "/inner": '<button id="inner">in</button>' }, policy: FRAMES }, async (page, site) => {
    await page.goto(`${site.origin}/`);
    await arrived(page, site, "outer");
    const frame = page.frames().find((frame) => frame.url().endsWith("/inner"));
    await frame.click("#inner");
    await site.wait("the click", () => site.titled("click").some(({ payload }) => payload.element_id === "#inner"));
    assert.deepEqual(site.titled("page_view").map(({ url }) => url), [`${site.origin}/`]);
    assert.equal(site.titled("click").length, 1);
    assert.equal(new Set(site.accepted().map(({ session_id }) => session_id)).size, 1);
  }));

test("elements of open shadow trees are seen", (context) => {
  const define = `customElements.define("x-card", class extends HTMLElement {
    connectedCallback() { this.attachShadow({ mode: "open" }).innerHTML = '<p id="deep" style="height:40px">deep</p>'; }
  }); document.body.append(document.createElement("x-card"));`;
  return visit(context, browser, { pages: { "/": '<script defer src="/card.js"></script>', "/card.js": define } }, async (page, site) => {
    await page.goto(`${site.origin}/`);
    await site.wait("the view", () => site.viewed().includes("#deep"));
  });
});

test("ten thousand elements make no long task", (context) => {
  const many = Array.from({ length: 10_000 }, (_, n) => `<i id="n${n}" style="display:block;height:5px"></i>`).join("");
  const prepare = () => {
    window.long = [];
    new PerformanceObserver((list) => window.long.push(...list.getEntries().map(({ startTime, duration }) => [startTime, duration]))).observe({ type: "longtask" });
  };
  return visit(context, browser, { prepare, pages: { "/": many } }, async (page, site) => {
    await page.goto(`${site.origin}/`);
    await site.wait("the views", () => site.viewed().length >= 100);
    const parsed = await page.evaluate(() => performance.getEntriesByType("resource").find(({ name }) => name.endsWith(".wasm")).responseEnd);
    const long = (await page.evaluate(() => window.long)).filter(([start]) => start > parsed);
    assert.deepEqual(long.filter(([, duration]) => duration > 100), [], "after the module was there");
  });
});

test("sparing page is not watched", (context) =>
  visit(
    context,
    browser,
    { prepare: () => Object.defineProperty(navigator, "connection", { value: { saveData: true } }) },
    async (page, site) => {
      await page.goto(`${site.origin}/`);
      await page.click("#buy");
      await page.goto(`${site.origin}/?two`);
      await site.wait("the page's end", () => site.titled("page_leave").length);
      assert.deepEqual([site.titled("click").length, site.viewed().length, site.titled("web_vitals").length], [1, 0, 0]);
    },
  ));

for (const [name, prepare] of [
  ["removed sendBeacon", () => delete Navigator.prototype.sendBeacon],
  ["broken toJSON", () => { Array.prototype.toJSON = () => "broken"; String.prototype.toJSON = () => "broken"; }],
  ["frozen history", () => Object.freeze(history)],
  ["useless methods of arrays", () => { for (const name of ["shift", "concat", "some", "every", "splice"]) Array.prototype[name] = () => "broken"; }],
  ["no performance observers", () => delete window.PerformanceObserver],
]) {
  test(`${name}: events get out`, (context) =>
    visit(context, browser, { prepare }, async (page, site) => {
      await page.goto(`${site.origin}/`);
      await page.mouse.click(20, 20);
      await page.evaluate(() => history.pushState({}, "", "/two"));
      await site.wait("the pages", () => site.titled("page_view").length === 2);
      await page.evaluate(() => setTimeout(() => location.assign("/?end")));
      await site.wait("the end", () => site.titled("page_leave").length >= 2);
      await page.waitForURL("**/?end");
      assert.deepEqual(site.titled("click").map(({ payload }) => payload.element_id), ["#buy"]);
      assert.deepEqual(page.faults, []);
    }));
}
