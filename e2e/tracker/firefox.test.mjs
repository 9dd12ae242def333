// The tracker in Debian's Firefox. puppeteer-core drives it over WebDriver BiDi: playwright-core drives only a Firefox that it has patched.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { launch } from "puppeteer-core";

import { startSite } from "./site.mjs";
import { assertVerdicts } from "./verdicts.mjs";

const SHOP = `
  <button id="buy" data-cp-product-id="7" style="position:absolute;left:100px;top:50px;width:200px;height:40px">Buy</button>
  <p id="far" style="position:absolute;top:3000px">far</p>`;

// Firefox asks for an icon, and says so where it may not.
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; style-src 'unsafe-inline'; img-src 'self'";

let browser, site, page;
before(async () => (browser = await launch({ browser: "firefox", executablePath: "/usr/bin/firefox-esr", headless: true })));
after(() => browser?.close());
beforeEach(async (context) => {
  site = await startSite({ "/": SHOP, "/next": "<p>next</p>" }, { policy: POLICY });
  const visitor = await browser.createBrowserContext();
  page = await visitor.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(`error: ${error}`));
  page.on("console", (message) => faults.push(`${message.type()}: ${message.text()}`));
  context.after(async () => {
    await visitor.close();
    site.stop();
    assert.deepEqual(faults, []);
  });
  await page.setViewport({ width: 800, height: 600 });
  await page.goto(`${site.origin}/`);
  await site.wait("the page", () => site.titled("page_view").length);
});

/** Without the copies that a page sends again because a beacon has no answer. */
const once = (title) => [...new Map(site.titled(title).map((event) => [event.id, event])).values()];
const paths = (title) => once(title).map(({ url }) => url.replace(site.origin, ""));

test("page, element and click are told under a strict policy", async () => {
  await page.mouse.click(133, 61);
  await site.wait("click and view", () => once("click").length && site.viewed().length);
  const [{ payload }] = once("click");
  assert.deepEqual(payload, {
    event_title: "click", element_id: "#buy", x: 133, y: 61, element_x: 33, element_y: 11, element_w: 200, element_h: 40,
    viewport_w: 800, viewport_h: 600, page_w: payload.page_w, page_h: await page.evaluate(() => document.documentElement.scrollHeight), product_id: "7",
  });
  assert.deepEqual(site.viewed(), ["#buy"]);
  assert.deepEqual(paths("page_view"), ["/"]);
  assert.match(site.requests[0].type, /^text\/plain/);
});

test("click of the keyboard has no place", async () => {
  await page.focus("#buy");
  await page.keyboard.press("Enter");
  await site.wait("click", () => once("click").length);
  const [{ payload }] = once("click");
  assert.deepEqual([payload.input, payload.x], ["keyboard", undefined]);
});

test("what is scrolled to is seen, and how deep is told", async () => {
  await page.evaluate(() => document.querySelector("#far").scrollIntoView());
  await site.wait("the view", () => site.viewed().includes("#far"));
  await page.goto(`${site.origin}/next`);
  await site.wait("the end", () => once("page_leave").length);
  const { scroll_depth } = once("page_leave")[0].payload;
  assert.ok(scroll_depth >= 98, `${scroll_depth} %`);
});

test("each real change of address counts once", async () => {
  await page.evaluate(() => {
    history.pushState({}, "", "/catalog");
    history.replaceState({ scroll: 1 }, "");
    history.pushState({}, "", "/catalog?size=1#top");
  });
  await page.evaluate(() => setTimeout(() => history.back()));
  await site.wait("the way back", () => paths("page_view").length === 4);
  assert.deepEqual(paths("page_view"), ["/", "/catalog", "/catalog#top", "/catalog"]);
});

test("clicks of a tab that closes arrive once each", async () => {
  await page.evaluate(() => {
    for (let at = 0; at < 30; at++) document.querySelector("#buy").click();
  });
  await page.close({ runBeforeUnload: true });
  await site.wait("thirty clicks and the vitals", () => once("click").length === 30 && once("web_vitals").length);
  assert.deepEqual([once("click").length, once("web_vitals").length], [30, 1]);
  const { payload } = once("web_vitals")[0];
  assert.ok(payload.ttfb_ms > 0, JSON.stringify(payload));
  assert.ok(!("cls" in payload), "Firefox does not measure shifts of the layout");
});

test("large batches are compressed", async () => {
  await page.evaluate(() => {
    for (let at = 0; at < 30; at++) document.querySelector("#buy").click();
  });
  await site.wait("thirty clicks", () => once("click").length === 30);
  assert.ok(site.requests.some(({ encoding }) => encoding === "gzip"));
});

test("the corpus gets equal verdicts", () => assertVerdicts(page));
