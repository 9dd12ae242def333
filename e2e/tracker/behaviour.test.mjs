// What visitors do beside plain clicks: links, forms, trouble, reading; and how fast the page was for them.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { startChromium } from "../stack/chromium.mjs";
import { observed, openTab, startSite } from "./site.mjs";

const PAGE = `
  <a id="out" href="https://other.example/path?secret=1" target="_blank">out</a>
  <a id="file" href="/files/list.pdf?v=2">list</a>
  <a id="saved" href="/b" download>saved</a>
  <form id="search" name="finder" onsubmit="return false"><input name="q" value="private"><input name="closest"><button id="go">go</button></form>
  <button id="dead">nothing</button>
  <button id="alive">something</button>
  <script src="/page.js"></script>
  <div style="height:3000px"></div>`;
const SCRIPT = `
  document.querySelector("#search").addEventListener("submit", (event) => event.preventDefault());
  for (const link of document.querySelectorAll("a")) link.addEventListener("click", (event) => event.preventDefault());
  document.querySelector("#alive").addEventListener("click", () => setTimeout(() => (document.querySelector("#alive").textContent += "!"), 100));`;

let browser, site, page;
before(async () => (browser = await startChromium()));
after(() => browser.close());
beforeEach(async (context) => {
  site = await startSite({ "/a": PAGE, "/b": "<p>b</p>", "/page.js": SCRIPT });
  page = await openTab(browser);
  context.after(async () => {
    await page.context().close();
    site.stop();
    assert.deepEqual(page.faults.filter((fault) => !/Refused to execute inline|violates the following/.test(fault)), []);
  });
});

const open = async () => {
  await page.goto(`${site.origin}/a`);
  await arrived("ready");
};
/** As {@link open}, with a clock that only the test moves. */
const openFrozen = async () => {
  await page.addInitScript(() => {
    const { observe } = IntersectionObserver.prototype;
    IntersectionObserver.prototype.observe = function (element) {
      window.watching = true;
      observe.call(this, element);
    };
  });
  await page.clock.install({ time: "2026-11-22T10:00:00Z" });
  await page.clock.pauseAt("2026-11-22T10:00:01Z");
  await page.goto(`${site.origin}/a`);
  await page.waitForFunction(() => window.watching, null, { polling: 20 });
};
const arrived = async (mark) => {
  await page.evaluate((mark) => clickpath.track(mark, {}, "server"), mark);
  await site.wait(mark, () => site.titled(mark).length);
};
/** After the page has gone to another one. */
const leave = async () => {
  await page.goto(`${site.origin}/b`);
  await site.wait("the page's end", () => site.titled("page_leave").some(({ url }) => url.endsWith("/a")));
  return site.titled("page_leave").find(({ url }) => url.endsWith("/a"));
};

test("links out and to files have titles of their own", async () => {
  await open();
  for (const id of ["out", "file", "saved"]) await page.click(`#${id}`);
  await arrived("end");
  const clicks = site.accepted().filter(({ type }) => type === "click");
  assert.deepEqual(clicks.map(({ payload }) => [payload.event_title, payload.element_id, payload.link_url]), [
    ["outbound_click", "#out", "https://other.example/path"],
    ["file_download", "#file", `${site.origin}/files/list.pdf`],
    ["file_download", "#saved", `${site.origin}/b`],
  ]);
});

test("form is told without its values", async () => {
  await open();
  await page.click("#go");
  await arrived("end");
  const [{ type, payload }] = site.titled("form_submit");
  assert.deepEqual([type, payload], ["click", { event_title: "form_submit", form: "#search", form_name: "finder" }]);
  assert.equal(site.titled("click").length, 1, "the click on the button");
  assert.ok(!JSON.stringify(site.accepted()).includes("private"));
});

test("three clicks on a place are rage, once", async () => {
  await open();
  const { x, y } = await page.locator("#alive").boundingBox();
  for (let n = 0; n < 5; n++) await page.mouse.click(x + 3 + n, y + 3);
  await arrived("end");
  const [rage, ...more] = site.titled("rage_click");
  assert.deepEqual(more, []);
  const third = site.titled("click")[2];
  assert.deepEqual([rage.type, rage.payload], ["server", { event_title: "rage_click", target: "#alive", click_id: third.id }]);
});

test("click without an answer is dead", async () => {
  await open();
  await page.click("#dead");
  await site.wait("the dead click", () => site.titled("dead_click").length);
  const [dead] = site.titled("dead_click");
  const [click] = site.titled("click");
  assert.deepEqual([dead.type, dead.payload], ["server", { event_title: "dead_click", target: "#dead", click_id: click.id }]);
  assert.equal(dead.created_at, click.created_at);
});

test("click with an answer is alive", async () => {
  await openFrozen();
  for (const act of [() => page.click("#alive"), () => page.click("[name=q]"), () => page.click("#out")]) {
    await act();
    await page.clock.runFor(1_500);
  }
  await page.click("#dead");
  await page.evaluate(() => scrollTo(0, 500));
  await observed(page);
  await page.clock.runFor(1_500);
  await page.evaluate(() => clickpath.track("end"));
  await page.clock.runFor(1_100);
  await site.wait("the end", () => site.titled("end").length);
  assert.equal(site.accepted().filter(({ type, payload }) => type === "click" && payload.element_id).length, 4);
  assert.deepEqual(site.titled("dead_click"), []);
});

test("leaving tells once how far and how long", async () => {
  await open();
  await page.mouse.move(10, 10);
  await page.evaluate(() => scrollTo(0, 600));
  await page.waitForFunction(() => scrollY === 600);
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.mouse.move(20, 20);
  await page.evaluate(() => scrollTo(0, 0));
  const opened = site.titled("page_view")[0].created_at;
  const left = await leave();
  assert.equal(left.type, "server");
  assert.equal(left.payload.scroll_depth, Math.floor((1_200 * 100) / height));
  assert.ok(left.payload.engaged_ms > 100 && left.payload.engaged_ms <= left.created_at - opened + 1, JSON.stringify(left));
  assert.equal(site.titled("page_leave").filter(({ url }) => url.endsWith("/a")).length, 1);
});

test("route of an application ends the page before", async () => {
  await open();
  await page.evaluate(() => history.pushState({}, "", "/a/two"));
  await arrived("end");
  assert.deepEqual(site.titled("page_leave").map(({ url }) => url.replace(site.origin, "")), ["/a"]);
});

test("hidden page does not engage", async () => {
  await openFrozen();
  await page.evaluate(() => clickpath.track("ready"));
  await page.clock.runFor(1_100);
  await site.wait("the page", () => site.titled("ready").length);
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { value: true, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.clock.runFor(60_000);
  await page.clock.fastForward("30:00");
  await page.clock.runFor(1_100);
  await site.wait("the page is left for good", () => site.titled("page_leave").length);
  assert.ok(site.titled("page_leave")[0].payload.engaged_ms < 2_000);
});

/** Resolves when observers that existed before have been told of the first paint and the largest. */
const painted = (page) =>
  page.evaluate(() =>
    Promise.all(
      ["paint", "largest-contentful-paint"].map(
        (type) =>
          new Promise((resolve) =>
            new PerformanceObserver((list) => {
              if (type !== "paint" || list.getEntriesByName("first-contentful-paint").length) resolve();
            }).observe({ type, buffered: true }),
          ),
      ),
    ).then(() => {}),
  );

test("vitals come once with the page's end", async () => {
  await open();
  await page.click("#alive");
  await painted(page);
  await leave();
  const vitals = site.titled("web_vitals").filter(({ url }) => url.endsWith("/a"));
  assert.equal(vitals.length, 1);
  const [{ type, payload }] = vitals;
  assert.equal(type, "server");
  assert.ok(payload.ttfb_ms > 0 && payload.fcp_ms >= payload.ttfb_ms && payload.lcp_ms >= payload.fcp_ms, JSON.stringify(payload));
  assert.ok(payload.cls >= 0 && payload.cls < 1);
});

test("identify and reset change the visitor", async () => {
  await open();
  await page.evaluate(() => {
    clickpath.track("before");
    clickpath.identify("1001");
    clickpath.track("known");
    clickpath.reset();
    clickpath.track("after");
  });
  await arrived("end");
  const [before] = site.titled("before");
  const [known] = site.titled("known");
  const [after] = site.titled("after");
  assert.equal(known.user_id, "1001");
  assert.deepEqual(site.titled("identify").map(({ type, payload }) => [type, payload.previous_id]), [["server", before.user_id]]);
  assert.equal(known.session_id, before.session_id);
  assert.notEqual(after.session_id, before.session_id);
  assert.ok(![before.user_id, "1001"].includes(after.user_id));
});

test("a shop's calls are the contract's events", async () => {
  await page.addInitScript(() => (window.clickpath = { q: [["ecommerce", "viewItem", { product_id: "lamp", price: "19.90", currency: "EUR" }]] }));
  await open();
  await page.evaluate(() => {
    clickpath.ecommerce.addToCart({ product_id: "lamp" });
    clickpath.ecommerce.removeFromCart({ product_id: "lamp", quantity: 2 });
    clickpath.ecommerce.beginCheckout({ items: [{}, {}] });
    clickpath.ecommerce.purchase({ order_id: 7, currency: "EUR", items: [{ product_id: "lamp", price: 2 }, { product_id: "oil", price: 3, quantity: 4 }] });
    clickpath.ecommerce.refund({ order_id: 7 });
  });
  await arrived("end");
  const told = site.accepted().filter(({ payload }) => payload.product_id || payload.order_id || payload.items);
  assert.deepEqual(told.map(({ type, payload }) => ({ type, ...payload })), [
    { type: "view", product_id: "lamp", price: "19.90", currency: "EUR", event_title: "product_view" },
    { type: "click", quantity: 1, product_id: "lamp", event_title: "add_to_cart" },
    { type: "click", quantity: 2, product_id: "lamp", event_title: "remove_from_cart" },
    { type: "view", items: 2, event_title: "checkout_start" },
    { type: "server", quantity: 1, order_id: 7, currency: "EUR", product_id: "lamp", price: 2, event_title: "order_created" },
    { type: "server", quantity: 4, order_id: 7, currency: "EUR", product_id: "oil", price: 3, event_title: "order_created" },
    { type: "server", status: "ok", order_id: 7, currency: "EUR", event_title: "order_paid" },
    { type: "server", status: "refunded", order_id: 7, event_title: "order_cancelled" },
  ]);
});

test("keyboard and script clicks are told apart", async () => {
  await open();
  await page.focus("#alive");
  await page.keyboard.press("Enter");
  await page.evaluate(() => document.querySelector("#alive").click());
  await page.click("#alive");
  await arrived("end");
  assert.deepEqual(site.titled("click").map(({ payload }) => payload.input), ["keyboard", "script", undefined]);
});
