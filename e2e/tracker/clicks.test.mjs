import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { startChromium } from "../stack/chromium.mjs";
import { openTab, startSite } from "./site.mjs";

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const SHOP = `
  <div style="height:1500px"></div>
  <section id="hero"><h1>Lamps</h1>
    <button id="buy" data-cp-title="add_to_cart" data-cp-product-id="7" data-cp-x="9" style="position:absolute;left:100px;top:1600px;width:200px;height:50px"><span>Buy</span></button>
    <div data-cp="card-7"><button>More</button></div>
    <ul class="css-1q2w3e list"><li>one</li><li class="item Button_root__3xK2a is-open"><a class="link bdVaJa" href="#here">two</a></li></ul>
    <p data-cp-ignore><button id="secret">Secret</button></p>
    <b id=":r7:">plain</b>
  </section>
  <shop-badge id="badge"></shop-badge><script src="/badge.js"></script>
  <div style="height:2000px"></div>`;
const BADGE = `customElements.define("shop-badge", class extends HTMLElement {
  connectedCallback() { this.attachShadow({ mode: "open" }).innerHTML = '<button id="inner">in</button><i>plain</i>'; }
});`;

let browser, site, page;
before(async () => (browser = await startChromium()));
after(() => browser.close());
beforeEach(async (context) => {
  site = await startSite({ "/shop": SHOP, "/badge.js": BADGE });
  page = await openTab(browser);
  await page.goto(`${site.origin}/shop?utm_source=mail`);
  context.after(async () => {
    await page.context().close();
    site.stop();
    assert.deepEqual(page.faults, []);
  });
});

const clicks = () => site.accepted().filter(({ type }) => type === "click");
const clicked = async (count) => {
  await site.wait(`${count} clicks`, () => clicks().length >= count);
  assert.equal(clicks().length, count);
  return clicks();
};
const names = async (count) => (await clicked(count)).map(({ payload }) => payload.element_id);

test("click carries its place in page and element", async () => {
  const button = await page.locator("#buy").boundingBox();
  await page.mouse.wheel(0, 1450);
  await page.waitForFunction(() => scrollY === 1450);
  await page.mouse.click(button.x + 33, button.y - 1450 + 11);
  const [{ id, created_at, session_id, user_id, url, payload }] = await clicked(1);
  assert.deepEqual(payload, {
    event_title: "add_to_cart", element_id: "#buy", x: 133, y: 1611, element_x: 33, element_y: 11, element_w: button.width, element_h: button.height,
    viewport_w: 800, viewport_h: 600, page_w: 800, page_h: await page.evaluate(() => document.documentElement.scrollHeight),
    product_id: "7",
  });
  assert.match(id, UUID7);
  assert.equal(parseInt(id.replace("-", "").slice(0, 12), 16), created_at);
  assert.ok(Math.abs(created_at - Date.now()) < 10_000);
  assert.match(session_id, UUID7);
  assert.match(user_id, UUID7);
  assert.equal(url, `${site.origin}/shop?utm_source=mail`);
});

for (const [width, height] of [[390, 844], [1024, 768], [1920, 1080]]) {
  test(`clicks come back where they were, at every zoom of a window of ${width} by ${height}`, async (context) => {
    const missed = [];
    for (const zoom of [0.5, 0.75, 1, 1.25, 1.5, 2]) {
      // What a browser's zoom does to a page: fewer or more pixels of CSS for the same ones of the screen.
      const viewport = { width: Math.round(width / zoom), height: Math.round(height / zoom) };
      const tab = await openTab(browser, { viewport, deviceScaleFactor: zoom });
      context.after(() => tab.context().close());
      await tab.goto(`${site.origin}/shop`);
      await tab.evaluate((top) => scrollTo(0, top), 1_500);
      await tab.waitForFunction(() => scrollY === 1_500);
      // Inside the button, and at fractions of a pixel.
      const [x, y] = [100 + 33.4, 100 + 11.6];
      const before = clicks().length;
      await tab.mouse.click(x, y);
      await site.wait("the click", () => clicks().length > before);
      const { payload } = clicks().at(-1);
      const off = [payload.x - x, payload.y - (y + 1_500), payload.element_x - (x - 100), payload.element_y - (y - 100), payload.viewport_w - viewport.width];
      if (off.some((pixels) => Math.abs(pixels) > 1)) missed.push([zoom, off]);
      assert.equal(payload.element_id, "#buy");
    }
    assert.deepEqual(missed, []);
  });
}

test("request names site source and sending time", async () => {
  await page.click("#buy");
  await clicked(1);
  const { path, query, type } = site.requests[0];
  assert.equal(path, "/events");
  assert.deepEqual([query.get("site"), query.get("source"), query.get("key")], ["shop", "tracker", null]);
  assert.ok(Math.abs(Number(query.get("sent_at")) - Date.now()) < 10_000);
  assert.match(type, /^text\/plain/);
});

test("keyboard click carries no place", async () => {
  await page.focus("#buy");
  await page.keyboard.press("Enter");
  const [{ payload }] = await clicked(1);
  assert.equal(payload.element_id, "#buy");
  assert.deepEqual(Object.keys(payload).filter((name) => /^(element_)?[xy]$/.test(name)), []);
});

test("nearest named ancestor gives the name", async () => {
  await page.click("#buy span");
  await page.click("text=More");
  await page.click("h1");
  await page.click("text=plain");
  assert.deepEqual(await names(4), ["#buy", "card-7", "#hero", "#hero"]);
});

test("selector keeps to stable classes", async () => {
  await page.click("text=two");
  const [name] = await names(1);
  assert.equal(name, "#hero>ul.list>li.item:nth-of-type(2)>a.link");
  assert.equal(await page.locator(name).textContent(), "two");
  await page.evaluate(() => {
    document.querySelector("ul").className = "css-9z8y7x list";
    document.querySelector("ul a").className = "kXyzAb link";
  });
  await page.click("text=two");
  assert.equal((await names(2))[1], name);
});

test("click inside a shadow tree has the inner name", async () => {
  await page.click("#inner");
  await page.click("i");
  assert.deepEqual(await names(2), ["#inner", "#badge"]);
});

test("ignored part of the page stays unrecorded", async () => {
  await page.click("#secret");
  await page.click("#buy");
  assert.deepEqual(await names(1), ["#buy"]);
});

test("handler that stops the event hides nothing", async () => {
  await page.evaluate(() => document.querySelector("#buy").addEventListener("click", (event) => event.stopImmediatePropagation()));
  await page.click("#buy");
  assert.deepEqual(await names(1), ["#buy"]);
});

test("click belongs to the page and the visitor of its moment", async () => {
  const [opened] = await site.wait("the page", () => site.titled("page_view").length && site.titled("page_view"));
  await page.evaluate(() =>
    document.querySelector("#buy").addEventListener("click", () => {
      clickpath.reset();
      history.pushState({}, "", "/shop/goodbye");
    }),
  );
  await page.click("#buy");
  const [{ url, user_id }] = await clicked(1);
  assert.equal(url, `${site.origin}/shop?utm_source=mail`);
  const goodbye = await site.wait("the next page", () => site.titled("page_view").find(({ url }) => url.endsWith("/goodbye")));
  assert.equal(opened.user_id, user_id);
  assert.notEqual(goodbye.user_id, user_id);
});

test("page's own events carry title and payload", async () => {
  await page.evaluate(() => {
    clickpath.track("purchase", { order_id: "o-1", price: "10.10", nested: { a: [1, "ü\n"] } }, "server");
    clickpath.track("wish");
    clickpath.track("bad", {}, "nonsense");
  });
  const [purchase] = await site.wait("purchase", () => site.titled("wish").length && site.titled("purchase"));
  assert.equal(purchase.type, "server");
  assert.deepEqual(purchase.payload, { order_id: "o-1", price: "10.10", nested: { a: [1, "ü\n"] }, event_title: "purchase" });
  assert.deepEqual(site.titled("bad"), []);
  assert.match(page.faults.pop(), /no event type nonsense/);
});
