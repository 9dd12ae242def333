import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { startChromium } from "../stack/chromium.mjs";
import { openTab, repeated, startSite } from "./site.mjs";

let browser, site, page;
before(async () => (browser = await startChromium()));
after(() => browser.close());
beforeEach(async (context) => {
  site = await startSite({ "/": '<button id="buy">Buy</button>', "/next": "<p>next</p>" });
  page = await openTab(browser);
  context.after(async () => {
    await page.context().close();
    site.stop();
  });
});

const ready = async (path = "/") => {
  await page.goto(site.origin + path);
  await site.wait("page view", () => site.titled("page_view").some(({ url }) => url === site.origin + path));
};
const ids = (title) => site.titled(title).map(({ id }) => id);
const numbers = (title) => site.titled(title).map(({ payload }) => payload.n).sort((a, b) => a - b);
const upTo = (count) => Array.from({ length: count }, (_, n) => n);
const sixtyClicks = () => page.evaluate(() => {
  for (let n = 0; n < 60; n++) document.querySelector("#buy").click();
});
const fire = (count, filler) =>
  page.evaluate(({ count, filler }) => {
    for (let n = 0; n < count; n++) clickpath.track("many", { n, filler: "x".repeat(filler) });
  }, { count, filler });

test("closing the tab loses no click", async () => {
  await ready();
  await sixtyClicks();
  const closed = page.waitForEvent("close");
  await page.close({ runBeforeUnload: true });
  await closed;
  await site.wait("60 clicks", () => ids("click").length >= 60);
  assert.equal(new Set(ids("click")).size, 60);
});

test("leaving the page loses no click", async () => {
  await ready();
  await page.evaluate(() => {
    for (let n = 0; n < 60; n++) document.querySelector("#buy").click();
    // Later: an answer to this call that the navigation overtakes never comes.
    setTimeout(() => location.assign("/next"));
  });
  await site.wait("60 clicks", () => new Set(ids("click")).size === 60);
  // Chromium never answers when a context is closed while its page is on the way to another.
  await page.waitForURL("**/next");
});

test("more than the browser's budget arrives over two pages", async () => {
  await ready();
  await page.evaluate(() => {
    for (let n = 0; n < 600; n++) clickpath.track("many", { n, filler: "x".repeat(300) });
    // Later: an answer to this call that the navigation overtakes never comes.
    setTimeout(() => location.assign("/next"));
  });
  await site.wait("600 events", () => new Set(ids("many")).size === 600);
  assert.deepEqual([...new Set(numbers("many"))], upTo(600));
  for (const { bytes } of site.requests) assert.ok(bytes < 65_536, `${bytes} bytes`);
  await site.wait("kept events to be forgotten", () => page.evaluate(() => !Object.keys(localStorage).some((name) => name.startsWith("clickpath.queue."))));
});

test("more than the budget arrives while the page stays", async () => {
  await ready();
  await fire(600, 300);
  await site.wait("600 events", () => ids("many").length >= 600);
  assert.deepEqual(numbers("many"), upTo(600));
  assert.deepEqual(repeated(ids("many")), []);
});

test("larger batches travel compressed, those of an ending page as they are", async () => {
  await ready();
  await fire(20, 200);
  await site.wait("twenty events", () => ids("many").length === 20);
  const [compressed] = site.requests.filter(({ encoding }) => encoding === "gzip");
  assert.equal(compressed.events.filter(({ payload }) => payload.event_title === "many").length, 20);
  assert.ok(compressed.bytes < 2_000, `${compressed.bytes} bytes`);
  await page.evaluate(() => {
    for (let n = 20; n < 40; n++) clickpath.track("many", { n, filler: "x".repeat(200) });
    for (let n = 40; n < 50; n++) clickpath.track("many", { n, filler: "x".repeat(200) });
    setTimeout(() => location.assign("/next"));
  });
  await site.wait("fifty events", () => new Set(ids("many")).size === 50);
  await page.waitForURL("**/next");
  assert.deepEqual([...new Set(numbers("many"))], upTo(50));
});

test("batch that is being compressed when the tab closes arrives", async () => {
  // Compression never ends, and no next page takes over what is stored.
  await page.addInitScript(() => {
    window.CompressionStream = class {
      readable = new ReadableStream();
      writable = new WritableStream();
    };
  });
  await ready();
  await fire(20, 200);
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  const closed = page.waitForEvent("close");
  await page.close({ runBeforeUnload: true });
  await closed;
  await site.wait("twenty events", () => new Set(ids("many")).size === 20);
});

test("event larger than the budget arrives", async () => {
  await ready();
  await fire(2, 62_000);
  await site.wait("both", () => ids("many").length === 2);
});

test("refused for now is sent again under the same ids", async () => {
  await ready();
  let refusals = 2;
  const clicked = ({ payload }) => payload.event_title === "click";
  site.answer = ({ events }) => (events.some(clicked) && refusals-- > 0 ? { status: 503, headers: { "retry-after": "1" } } : { status: 202 });
  await page.click("#buy");
  await site.wait("the click", () => ids("click").length);
  await fire(1, 0);
  await site.wait("what follows", () => ids("many").length);
  const attempts = site.requests.filter(({ events }) => events.some(({ payload }) => payload.event_title === "click"));
  assert.deepEqual(attempts.map(({ status }) => status), [503, 503, 202]);
  const sent = attempts.map(({ events }) => events.filter(({ payload }) => payload.event_title === "click").map(({ id }) => id));
  assert.deepEqual(sent, Array(3).fill(ids("click")));
  const pauses = attempts.map(({ query }) => Number(query.get("sent_at")));
  assert.ok(pauses[1] - pauses[0] >= 999, "waited as long as the gateway asked");
});

test("network failure is survived", async () => {
  await ready();
  await page.context().setOffline(true);
  await page.click("#buy");
  await page.waitForEvent("requestfailed");
  await page.context().setOffline(false);
  await site.wait("the click", () => ids("click").length === 1);
});

test("unsent events wait for the next page", async () => {
  await ready();
  site.answer = () => ({ status: 503, headers: { "retry-after": "600" } });
  await page.click("#buy");
  await site.wait("an attempt", () => site.requests.some(({ status }) => status === 503));
  await page.goto(`${site.origin}/next`);
  await page.evaluate(() => stop);
  site.answer = () => ({ status: 202 });
  await page.goto(`${site.origin}/`);
  await site.wait("the click", () => ids("click").length);
  assert.equal(new Set(ids("click")).size, 1);
  assert.match(site.titled("click")[0].url, /\/$/);
});

test("final refusal is told once and dropped", async () => {
  site.answer = () => ({ status: 403, body: "no site named \"shop\" is configured here" });
  await page.goto(`${site.origin}/`);
  await site.wait("a refusal", () => site.requests.length === 1);
  await page.click("#buy");
  await site.wait("a second one", () => site.requests.length === 2);
  await site.wait("the reason", () => page.faults.some((fault) => fault.includes("no site named")));
  assert.equal(page.faults.filter((fault) => fault.startsWith("warning: clickpath:")).length, 1);
  assert.equal(repeated(site.requests.flatMap(({ events }) => events.map(({ id }) => id))).length, 0);
});
