import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startChromium } from "../stack/chromium.mjs";
import { TAG, visit } from "./site.mjs";

let browser;
before(async () => (browser = await startChromium()));
after(() => browser.close());

const opened = async (page, site) => {
  await page.goto(`${site.origin}/`);
  await page.click("#buy");
  await site.wait("click", () => site.titled("click").length && site.titled("page_view").length);
};

test("clicks before the tracker runs arrive", (context) =>
  visit(context, browser, {}, async (page, site) => {
    let release;
    site.beforeWasm = () => new Promise((resolve) => (release = resolve));
    await page.goto(`${site.origin}/`);
    await site.wait("the request for the module", () => release);
    const place = await page.locator("#buy").boundingBox();
    const before = Date.now();
    await page.mouse.click(place.x + 5, place.y + 6);
    await page.evaluate(() => {
      clickpath.track("early", { n: 1 });
      history.pushState({}, "", "/two");
    });
    const late = Date.now();
    release();
    await site.wait("all", () => site.titled("page_view").length === 2 && site.titled("early").length && site.titled("click").length);
    const [click] = site.titled("click");
    assert.deepEqual([click.payload.x, click.payload.y], [place.x + 5, place.y + 6]);
    assert.ok(click.created_at >= before && click.created_at <= late);
    assert.equal(click.url, `${site.origin}/`);
    assert.deepEqual(site.titled("page_view").map(({ url }) => url), [`${site.origin}/`, `${site.origin}/two`]);
    assert.deepEqual(page.faults, []);
  }));

test("calls queued by the page's stub arrive", (context) =>
  visit(
    context,
    browser,
    { prepare: () => (window.clickpath = { q: [["track", "queued", { n: 2 }]], track(...values) { this.q.push(["track", ...values]); } }) },
    async (page, site) => {
      await opened(page, site);
      assert.deepEqual(site.titled("queued").map(({ payload }) => payload.n), [2]);
    },
  ));

test("denied storage is no hindrance", (context) =>
  visit(
    context,
    browser,
    {
      prepare: () =>
        Object.defineProperty(window, "localStorage", {
          get() {
            throw new DOMException("denied", "SecurityError");
          },
        }),
    },
    async (page, site) => {
      await opened(page, site);
      const [[click], [view]] = [site.titled("click"), site.titled("page_view")];
      assert.deepEqual([click.user_id, click.session_id], [view.user_id, view.session_id]);
      assert.deepEqual(page.faults, []);
    },
  ));

for (const [name, prepare] of [
  ["global privacy control", () => Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => true })],
  ["do not track", () => Object.defineProperty(Navigator.prototype, "doNotTrack", { get: () => "1" })],
]) {
  test(`${name} sends and stores nothing`, (context) =>
    visit(context, browser, { prepare }, async (page, site) => {
      const asked = [];
      page.on("request", (request) => asked.push(new URL(request.url()).pathname));
      await page.goto(`${site.origin}/`, { waitUntil: "networkidle" });
      await page.click("#buy");
      await page.evaluate(() => clickpath.track("mine"));
      await page.goto(`${site.origin}/?end`, { waitUntil: "networkidle" });
      assert.deepEqual(asked.filter((path) => path !== "/" && path !== "/favicon.ico"), ["/clickpath.js", "/clickpath.js"].slice(0, asked.filter((path) => path === "/clickpath.js").length));
      assert.ok(asked.includes("/clickpath.js"));
      assert.deepEqual(site.requests, []);
      assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
      // Once on each page.
      const told = "debug: clickpath: the browser asks not to track; nothing is recorded";
      assert.deepEqual(page.faults, [told, told]);
    }));
}

test("patched built-ins are survived", (context) =>
  visit(
    context,
    browser,
    {
      prepare: () => {
        Array.prototype.last = function () {
          return this[this.length - 1];
        };
        Object.prototype.extra = "surprise";
        Array.prototype.push = function (...values) {
          for (const value of values) this[this.length] = value;
          return this.length;
        };
      },
    },
    async (page, site) => {
      await opened(page, site);
      assert.deepEqual(page.faults, []);
    },
  ));

test("page that calls back from inside is survived", (context) =>
  visit(
    context,
    browser,
    {
      prepare: () => {
        const original = window.fetch;
        window.fetch = function (...values) {
          if (String(values[0]).includes("/events")) window.clickpath.track("fetched", {}, "server");
          return original.apply(this, values);
        };
      },
    },
    async (page, site) => {
      await opened(page, site);
      await site.wait("the inner event", () => site.titled("fetched").length);
      assert.deepEqual(page.faults, []);
    },
  ));

test("failure inside stops the tracker alone", (context) =>
  visit(context, browser, {}, async (page, site) => {
    await opened(page, site);
    const after = await page.evaluate(() => {
      Crypto.prototype.getRandomValues = () => {
        throw new Error("broken by the page");
      };
      let heard = 0;
      document.querySelector("#buy").addEventListener("click", () => heard++);
      for (let n = 0; n < 3; n++) document.querySelector("#buy").click();
      clickpath.track("more");
      history.pushState({}, "", "/two");
      return heard;
    });
    assert.equal(after, 3);
    assert.equal(page.faults.length, 1, page.faults.join("\n"));
    assert.match(page.faults[0], /^warning: clickpath: stopped/);
  }));

test("refused WebAssembly is told once and counted", (context) =>
  visit(
    context,
    browser,
    { policy: "script-src 'self'" },
    async (page, site) => {
      await page.goto(`${site.origin}/`);
      await site.wait("the count", () => site.titled("tracker_refused").length);
      await page.click("#buy");
      await page.evaluate(() => clickpath.track("mine"));
      assert.equal(page.faults.filter((fault) => fault.startsWith("warning: clickpath:")).length, 1, page.faults.join("\n"));
      assert.equal(page.faults.filter((fault) => fault.startsWith("error: ")).length, 0, page.faults.join("\n"));
      assert.equal(site.requests.length, 1);
    },
  ));

test("key of the tag goes with every request", (context) => {
  const tag = TAG.replace(">", ' data-key="shop-page-0123456789">');
  return visit(context, browser, { tag }, async (page, site) => {
    await opened(page, site);
    assert.deepEqual([...new Set(site.requests.map(({ query }) => query.get("key")))], ["shop-page-0123456789"]);
  });
});

test("second tag counts nothing twice", (context) =>
  visit(context, browser, { tag: TAG + TAG }, async (page, site) => {
    await opened(page, site);
    assert.deepEqual([site.titled("page_view").length, site.titled("click").length], [1, 1]);
    assert.match(page.faults.join(), /included twice/);
  }));
