// Common paths and single sessions, of visitors whose way is known.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startChromium } from "../stack/chromium.mjs";
import { startClickpath } from "../stack/clickpath.mjs";
import { waitFor } from "../stack/wait.mjs";

let clickpath, origin, browser, page;

/** Pages of each visit, and what it does on the last of them. */
const VISITS = [
  { session: "journey-buyer", pages: ["/shop/", "/shop/product.html", "/shop/cart.html"], titles: ["add_to_cart", "order_paid"] },
  { session: "journey-looker", pages: ["/shop/", "/shop/product.html"], titles: [] },
  { session: "journey-bounced", pages: ["/shop/"], titles: [] },
];

before(async () => {
  clickpath = await startClickpath({ CLICKPATH_TRUSTED_KEY: "trusted-key-of-the-test" });
  origin = new URL(clickpath.shop).origin;
  const began = Date.now() - 3_600_000;
  const events = VISITS.flatMap(({ session, pages, titles }, visit) => {
    const at = (second) => new Date(began + visit * 600_000 + second * 1_000).toISOString();
    const common = { session_id: session, user_id: "ada@shop.example", user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", ip: "8.8.8.8" };
    const views = pages.map((path, index) => ({ ...common, type: "view", created_at: at(10 * index), url: `${path}?secret=1`, payload: { event_title: "page_view" } }));
    const deeds = titles.map((title, index) => ({ ...common, type: title === "order_paid" ? "server" : "click", created_at: at(100 + 90 * index), url: pages.at(-1), payload: { event_title: title, element_id: title === "order_paid" ? "" : "#add-to-cart" } }));
    return [...views, ...deeds];
  });
  const headers = { "content-type": "application/json", authorization: "Bearer trusted-key-of-the-test" };
  const sent = await fetch(`${origin}/events`, { method: "POST", headers, body: JSON.stringify(events) });
  assert.equal(sent.status, 202, await sent.text());
  await waitFor("the rows", async () => Number((await clickpath.query("SELECT count() AS rows FROM events"))[0].rows) === events.length);
  browser = await startChromium();
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
});

after(async () => {
  await browser?.close();
  assert.equal(await clickpath?.stop(), 0, "clickpath did not end in order");
});

test("common paths are drawn with their shares and who left", async () => {
  await page.goto(`${origin}/journeys`);
  await page.locator(".flow").waitFor();
  const boxes = await page.locator(".flow-node").evaluateAll((boxes) => boxes.map((box) => box.getAttribute("aria-label")));
  assert.deepEqual(boxes.map((box) => box.replaceAll(/\u00a0/g, " ")), [
    "/shop/ 100%: /shop/, step 1, 3 sessions, 33% ended there",
    "/shop/product.html 67%: /shop/product.html, step 2, 2 sessions, 50% ended there",
    "/shop/cart.html 33%: /shop/cart.html, step 3, 1 session, 100% ended there",
  ]);
  assert.equal(await page.locator(".flow-band").count(), 2);
});

test("a page that is chosen narrows paths and sessions, and can be let go", async () => {
  await page.goto(`${origin}/journeys`);
  await page.locator(".session").nth(2).waitFor();
  await page.locator(".flow-node", { hasText: "product.html" }).click();
  await page.waitForURL("**/journeys?step=2&page=%2Fshop%2Fproduct.html");
  await page.waitForFunction(() => document.querySelectorAll(".session").length === 2);
  assert.match(await page.locator("#flow-note").textContent(), /^2 sessions/);
  await page.locator(".flow-node", { hasText: "product.html" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll(".session").length === 3);
  assert.equal(new URL(page.url()).search, "");
});

test("a session is its events in order, and nothing about the person", async () => {
  await page.goto(`${origin}/journeys`);
  const session = page.locator(".session", { hasText: "paid" });
  assert.match(await session.textContent(), /\/shop\/ → \/shop\/cart\.html.*3 pages.*direct · desktop · United States/);
  await session.click();
  await page.waitForURL("**/journeys?session=journey-buyer");
  await page.locator(".moment", { hasText: "order_paid" }).waitFor();
  assert.deepEqual(await page.locator(".visit-page").allTextContents(), ["/shop/", "/shop/product.html", "/shop/cart.html"]);
  assert.deepEqual(await page.locator(".moment-what strong").allTextContents(), ["Page opened", "Page opened", "Page opened", "add_to_cart", "order_paid"]);
  assert.deepEqual(await page.locator(".moment-after").allTextContents(), ["", "+10 s", "+10 s", "", ""]);
  assert.deepEqual(await page.locator(".pause").allTextContents(), ["1m 20s later", "1m 30s later"]);
  const text = await page.locator("#main").textContent();
  for (const personal of ["ada@", "8.8.8", "Gecko", "secret"]) assert.ok(!text.includes(personal), personal);
  await page.reload();
  await page.locator(".moment", { hasText: "order_paid" }).waitFor();
});

test("without data, with a broken address and without the engine the page helps", async () => {
  await page.goto(`${origin}/journeys?step=9&period=1y&session=nobody`);
  await page.locator("#timeline", { hasText: "This session is not there" }).waitFor();
  await page.locator("#ignored", { hasText: "left out: period=1y; step=9." }).waitFor();
  await page.goto(`${origin}/journeys?step=1&page=/nowhere`);
  await page.locator("#flow", { hasText: "No sessions in this period" }).waitFor();
  const away = { status: 503, contentType: "application/json", body: JSON.stringify({ error: { code: "warehouse_unavailable", message: "the database is not available at the moment" } }) };
  await page.route("**/reports/**", (route) => route.fulfill(away));
  await page.goto(`${origin}/journeys`);
  await page.locator("[role=alert]", { hasText: /The database is not available at the moment\./ }).waitFor();
  await page.unroute("**/reports/**");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator(".flow").waitFor();
});
