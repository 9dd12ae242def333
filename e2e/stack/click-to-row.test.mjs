// A visitor in a real browser, from the click in the shop to the row in ClickHouse, over each kind of queue.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startBroker } from "./broker.mjs";
import { startChromium } from "./chromium.mjs";
import { startClickpath } from "./clickpath.mjs";
import { startRecorder } from "./recorder.mjs";
import { visibleElements } from "./visible.mjs";
import { waitFor } from "./wait.mjs";

// Beacons at the end of a page leave the browser with its own headers, whatever the page's are set to: so the proxy sets them.
const visitor = {
  "x-forwarded-for": "8.8.8.8",
  "user-agent":
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36",
  "sec-ch-ua": '"Google Chrome";v="143", "Chromium";v="143", "Not A(Brand";v="24"',
  "sec-ch-ua-mobile": "?0",
  "sec-ch-ua-platform": '"Windows"',
};

describe("over the embedded queue", () => suite(async () => ({ settings: {}, stop() {} })));

describe("over RabbitMQ", () =>
  suite(async () => {
    const broker = await startBroker();
    return { settings: { CLICKPATH_AMQP_URL: broker.url }, stop: () => broker.stop() };
  }));

function suite(startQueue) {
  let queue, clickpath, recorder, browser;

  before(async () => {
    queue = await startQueue();
    clickpath = await startClickpath(queue.settings);
    recorder = await startRecorder(new URL(clickpath.shop).origin, visitor);
    browser = await startChromium();
  });

  after(async () => {
    await browser?.close();
    recorder?.stop();
    assert.equal(await clickpath?.stop(), 0, "clickpath did not end in order");
    await queue?.stop();
  });

  test("each view and click of a visit is one row", async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
    const page = await context.newPage();
    const visit = new Visit(page, recorder);

    await page.goto(`${recorder.url}/shop/?utm_source=newsletter&utm_medium=email&utm_campaign=spring`);
    visit.opened();
    await visit.look();
    await visit.scrollTo("#story-banner");
    await visit.look();
    await visit.click("#story-banner h2", "#story-banner");
    await visit.scrollTo("#product-kettle");
    await visit.look();
    await visit.click("#product-kettle .card-name", "#product-kettle");
    await page.waitForURL("**/product.html?id=kettle");
    visit.opened("product_view");
    await visit.look();
    await visit.click("#detail-picture", "#detail-picture");
    const closed = page.waitForEvent("close");
    await page.close({ runBeforeUnload: true });
    await closed;

    await waitFor("the last click", () => seenOrClicked(recorder.events()).length >= visit.expected.length);
    await waitFor("the end of both pages", () => distinct(recorder.events()).filter(({ payload }) => payload.event_title === "page_leave").length === 2);
    await context.close();
    const sent = distinct(recorder.events());
    assert.deepEqual(seenOrClicked(sent).map(described).sort(), visit.expected.map(described).sort());
    assert.deepEqual(new Set(recorder.sent.map((request) => request.status)), new Set([202]));

    const rows = await waitFor("the rows", () => rowsOf(clickpath, sent.length));
    assert.deepEqual(rows.map((row) => row.id).sort(), sent.map((event) => event.id).sort(), "rows differ from what was sent");
    assert.deepEqual(seenOrClicked(rows).map(described).sort(), visit.expected.map(described).sort());
    await assertMeasurementsCountNowhere(clickpath, visit);
    assertCoordinates(rows, visit.clicks);
    assertEnriched(seenOrClicked(rows));
  });

  test("an order, refused once and then paid, is its rows", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${recorder.url}/shop/product.html?id=sencha`);
    await page.click("#add-to-cart");
    await page.goto(`${recorder.url}/shop/cart.html`);
    await page.click("#checkout-button");
    for (const field of ["name", "street", "postcode", "city"]) await page.fill(`#checkout-${field}`, "1");
    await page.fill("#checkout-email", "visitor@shop.example");
    await page.click("#place-order-button");
    await page.check("#card-declined");
    await page.click("#pay-button");
    await page.locator(".notice", { hasText: "declined" }).waitFor();
    await page.check("#card-approved");
    await page.click("#pay-button");
    await page.locator("#order-status[data-status=paid]").waitFor();
    const order_id = await page.evaluate(() => new URLSearchParams(location.search).get("id"));
    await context.close();

    const sql = `SELECT event_title, type, product_id, price, quantity, status, error_code
                 FROM events FINAL WHERE order_id = {order_id:String} ORDER BY created_at, event_title`;
    const rows = await waitFor("the order's rows", async () => {
      const rows = await clickpath.query(sql, { order_id });
      return rows.some((row) => row.event_title === "order_paid") && rows;
    });
    const line = { type: "server", product_id: "sencha", price: rows[0].price, quantity: 1 };
    const attempt = { event_title: "payment_attempt", type: "server", product_id: "", price: null, quantity: null };
    assert.deepEqual(rows, [
      { event_title: "order_created", ...line, status: "", error_code: "" },
      { ...attempt, status: "error", error_code: "DECLINED" },
      { event_title: "order_paid", ...line, status: "ok", error_code: "" },
      { ...attempt, status: "ok", error_code: "" },
    ].sort(byArrival(rows)));
    assert.ok(rows[0].price > 0);
  });

  test("own click is on the dashboard within two seconds", async () => {
    const context = await browser.newContext();
    const dashboard = await context.newPage();
    await dashboard.goto(`${recorder.url}/dashboard`);
    const clicks = async () => Number(await dashboard.locator("#live-clicks").textContent());
    await waitFor("a number of clicks", async () => !Number.isNaN(await clicks()));
    const shop = await context.newPage();
    // On a busy machine one may take longer; were it the rule, all would.
    const taken = [];
    for (let attempt = 0; attempt < 6 && !(taken.at(-1) <= 2_000); attempt += 1) {
      await shop.goto(`${recorder.url}/shop/cart.html`);
      await shop.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => name.endsWith(".wasm")));
      const before = await clicks();
      const clicked = Date.now();
      await shop.click("#category-sweets");
      await dashboard.bringToFront();
      await waitFor("the click", async () => (await clicks()) > before);
      taken.push(Date.now() - clicked);
    }
    console.log(`click to dashboard: ${taken.join(", ")} ms`);
    assert.ok(taken.at(-1) <= 2_000);
    await context.close();
  });
}

/** What the visitor did, and what must therefore have been recorded. */
class Visit {
  expected = [];
  clicks = [];
  #page;
  #recorder;
  #seen = new Set();

  constructor(page, recorder) {
    this.#page = page;
    this.#recorder = recorder;
  }

  /** A page was opened; `titles` are the business events the shop adds to its page view. */
  opened(...titles) {
    this.#seen.clear();
    for (const event_title of ["page_view", ...titles]) this.expected.push({ type: "view", event_title, element_id: "" });
  }

  /** Stays until all that is in sight has been recorded as seen. */
  async look() {
    for (const element_id of await visibleElements(this.#page)) {
      if (this.#seen.has(element_id)) continue;
      this.#seen.add(element_id);
      this.expected.push({ type: "view", event_title: "element_view", element_id });
    }
    await waitFor("the views", () => seenOrClicked(this.#recorder.events()).length >= this.expected.length);
  }

  async scrollTo(selector) {
    await this.#page.locator(selector).evaluate((element) => element.scrollIntoView({ behavior: "instant", block: "center" }));
  }

  /** Clicks in the middle of `selector`; the click counts for `element_id`. */
  async click(selector, element_id) {
    const { left, top, width, height, scrollX, scrollY } = await this.#page.locator(selector).evaluate((element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      return { left, top, width, height, scrollX, scrollY };
    });
    const [x, y] = [left + width / 2, top + height / 2];
    const { width: right, height: bottom } = this.#page.viewportSize();
    assert.ok(x > 0 && x < right && y > 0 && y < bottom, `${selector} is out of sight at ${x},${y}`);
    this.expected.push({ type: "click", event_title: "click", element_id });
    this.clicks.push({ element_id, x: x + scrollX, y: y + scrollY });
    await this.#page.mouse.click(x, y);
  }
}

/** Each event once: what was on its way when a page ended, the next one sends again under the same id. */
const distinct = (events) => [...new Map(events.map((event) => [event.id, event])).values()];

/** Without what the tracker measured: reading, speed, clicks in vain. */
const seenOrClicked = (events) => distinct(events).filter(({ type }) => type !== "server");

/** What the tracker measures on top changes no session: neither its length nor how many events it has. */
async function assertMeasurementsCountNowhere(clickpath, visit) {
  // A mart is written after its table.
  await waitFor("the session's views and clicks", async () => {
    const [session] = await clickpath.query("SELECT events FROM sessions_view WHERE page_views = 2");
    return session?.events === visit.expected.length;
  });
  const [last] = await clickpath.query(
    "SELECT max(corrected_at) = (SELECT max(ended_at) FROM sessions_view) AS same FROM events FINAL WHERE type != 'server'",
  );
  assert.equal(last.same, 1);
}

/** Events of one millisecond have no order of their own. */
function byArrival(rows) {
  const place = ({ event_title, status }) => rows.findIndex((row) => row.event_title === event_title && row.status === status);
  return (one, other) => place(one) - place(other);
}

function described({ type, event_title, element_id, payload }) {
  return [type, event_title ?? payload.event_title, element_id ?? payload.element_id ?? ""].join(" ");
}

async function rowsOf(clickpath, count) {
  const rows = await clickpath.query("SELECT * FROM events ORDER BY created_at, id");
  return rows.length >= count && rows;
}

function assertCoordinates(rows, clicks) {
  for (const { element_id, x, y } of clicks) {
    const row = rows.find((row) => row.type === "click" && row.element_id === element_id);
    assert.ok(Math.abs(row.x - x) <= 1 && Math.abs(row.y - y) <= 1, `${element_id}: ${row.x},${row.y} is not ${x},${y}`);
    assert.equal(row.viewport_w, 1280);
    assert.equal(row.viewport_h, 720);
  }
}

function assertEnriched(rows) {
  for (const row of rows) {
    const { browser, os, device_type, platform, is_bot, country, ip, source, site } = row;
    assert.deepEqual(
      { browser, os, device_type, platform, is_bot, country, ip, source, site },
      {
        browser: "Chrome",
        os: "Windows",
        device_type: "desktop",
        platform: "web",
        is_bot: false,
        country: "US",
        ip: "::ffff:8.8.8.0",
        source: "tracker",
        site: "shop",
      },
    );
    assert.ok(row.user_id && row.session_id && row.received_at && row.user_agent === visitor["user-agent"]);
    assert.ok(Math.abs(row.clock_skew_ms) < 5_000, `clock skew is ${row.clock_skew_ms} ms`);
  }
  const landing = rows.filter((row) => row.url.includes("utm_source"));
  assert.deepEqual([...new Set(landing.map((row) => `${row.channel} ${row.utm_source} ${row.utm_campaign}`))], [
    "email newsletter spring",
  ]);
  assert.equal(new Set(rows.map((row) => row.session_id)).size, 1, "one visit is one session");
}
