// The demonstration shop by itself: a purchase by keyboard, what axe says, what moves while it loads, and the tracker's corner.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { startChromium } from "../stack/chromium.mjs";
import { waitFor } from "../stack/wait.mjs";
import { seriousViolations } from "../web/axe.mjs";
import { startShop } from "./site.mjs";

const phone = { width: 390, height: 844 };

describe("the shop", { concurrency: 2 }, () => {
  let browser;
  before(async () => (browser = await startChromium()));
  after(() => browser?.close());

  test("is used from the first page to the paid order by keyboard alone", async (t) => {
    const { page, shop } = await visit(t, browser);
    await page.goto(shop.url);
    await tabTo(page, "search-input");
    await page.keyboard.type("kettle");
    await tabTo(page, "product-kettle");
    await press(page, "Enter", "**/product.html?id=kettle");
    await tabTo(page, "quantity-plus");
    await page.keyboard.press("Space");
    await tabTo(page, "add-to-cart");
    await page.keyboard.press("Enter");
    await tabTo(page, "view-cart-link");
    await press(page, "Enter", "**/cart.html");
    assert.equal(await page.locator(".cart-count").textContent(), "2");
    await tabTo(page, "checkout-button");
    await press(page, "Enter", "**/checkout.html");
    for (const [field, text] of [["email", "me@shop.example"], ["name", "Me"], ["street", "Quay 1"], ["postcode", "1"], ["city", "Bay"]]) {
      await tabTo(page, `checkout-${field}`);
      await page.keyboard.type(text);
    }
    await press(page, "Enter", "**/payment.html?order=*");

    await tabTo(page, "card-approved");
    await page.keyboard.press("ArrowDown");
    await tabTo(page, "pay-button");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "declined" }).waitFor();
    assert.equal(await focused(page), "pay-button", "the refusal took the focus away");
    await tabTo(page, "card-declined", "Shift+Tab");
    await page.keyboard.press("ArrowUp");
    await tabTo(page, "pay-button");
    await press(page, "Enter", "**/order.html?id=*");
    assert.equal(await page.locator("#order-status").getAttribute("data-status"), "paid");

    await tabTo(page, "confirm-delivery");
    await page.keyboard.press("Enter");
    await page.locator("#order-status[data-status=delivered]").waitFor();
    assert.equal(await focused(page), "order-status", "the new status is not where the reader is");
    await tabTo(page, "orders-link");
    await press(page, "Enter", "**/order.html");
    assert.match(await page.locator(".order-list").textContent(), /Delivered.*158/);
  });

  for (const [card, code] of [["declined", "DECLINED"], ["provider-error", "PROVIDER_5XX"], ["timeout", "PAYMENT_TIMEOUT"]]) {
    test(`a payment fails by ${card}, and the order waits`, async (t) => {
      const { page, shop } = await visit(t, browser);
      await toPayment(page, shop);
      await page.check(`#card-${card}`);
      await page.click("#pay-button");
      await page.getByRole("alert").filter({ hasText: /\w/ }).waitFor();
      const attempt = await waitFor("the attempt", () => shop.events.find(({ payload }) => payload.event_title === "payment_attempt"));
      assert.equal(attempt.payload.status, "error");
      assert.equal(attempt.payload.error_code, code);
      await page.goto(`${shop.url}order.html`);
      assert.match(await page.locator(".order-list").textContent(), /Payment failed/);
      await page.click(".order-list a");
      await page.click("#pay-again");
      await page.waitForURL("**/payment.html?order=*");
    });
  }

  test("tells which product, category and search a page is of, and no order's number", async (t) => {
    const { page, shop } = await visit(t, browser);
    const pages = () => [...new Set(shop.events.filter(({ payload }) => payload.event_title === "page_view").map(({ url }) => url.slice(shop.url.length)))];
    const arrived = (address) => waitFor(address, () => pages().includes(address));
    for (const address of ["index.html?category=cups", "index.html?q=honey", "product.html?id=sencha"]) {
      await page.goto(`${shop.url}${address}&secret=1`);
      await arrived(address);
    }
    await toPayment(page, shop);
    await arrived("payment.html");
    await page.click("#pay-button");
    await page.locator("#order-status[data-status=paid]").waitFor();
    await arrived("order.html");
    const told = shop.events.map(({ url, referrer }) => `${url} ${referrer}`).join("\n");
    assert.doesNotMatch(told, /secret|order=|order\.html\?/);
  });

  test("goes on without the tracker", async (t) => {
    const { page, shop } = await visit(t, browser, { tracker: false });
    await page.goto(`${shop.url}?tracker=show`);
    await page.locator(".corner-empty").waitFor();
    await page.click("#quick-add-assam");
    await toPayment(page, shop);
    await page.click("#pay-button");
    await page.locator("#order-status[data-status=paid]").waitFor();
    assert.deepEqual(page.faults, []);
  });

  test("has a cart for as long as the page where storage is switched off", async (t) => {
    const { page, shop } = await visit(t, browser, { tracker: false });
    await page.addInitScript(() => {
      for (const name of ["getItem", "setItem"]) Storage.prototype[name] = () => { throw new DOMException("denied", "SecurityError"); };
    });
    await page.goto(shop.url);
    await page.click("#quick-add-assam");
    await page.click("#quick-add-sencha");
    await page.locator(".cart-count", { hasText: "2" }).waitFor();
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`has no serious fault of accessibility in ${colorScheme}`, async (t) => {
      const { page, shop } = await visit(t, browser, { colorScheme, viewport: colorScheme === "dark" ? phone : undefined });
      const check = async (name) => assert.deepEqual(await seriousViolations(page), [], name);
      for (const path of ["", "?category=cups", "?q=honey", "?q=zzz", "product.html?id=sencha", "product.html?id=none", "cart.html", "order.html", "order.html?id=none"]) {
        await page.goto(shop.url + path);
        await check(path);
      }
      await toPayment(page, shop, check);
      await check("payment");
      await page.check("#card-declined");
      await page.click("#pay-button");
      await page.getByRole("alert").filter({ hasText: /\w/ }).waitFor();
      await check("payment, refused");
      await page.check("#card-approved");
      await page.click("#pay-button");
      await page.locator("#order-status[data-status=paid]").waitFor();
      await check("order");
      await page.goto(`${shop.url}order.html?tracker=show`);
      await page.locator(".corner summary").first().click();
      await check("orders, with the corner");
    });
  }

  test("does not move while its scripts are late", async (t) => {
    const { page, shop } = await visit(t, browser);
    await page.addInitScript(() => {
      window.moved = 0;
      new PerformanceObserver((list) => {
        for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) window.moved += value;
      }).observe({ type: "layout-shift", buffered: true });
    });
    let late = 0;
    shop.before = async (path) => {
      if (!path.endsWith(".js")) return;
      const painted = page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      // A page that is being left paints no more.
      await painted.then(() => late++, () => {});
    };
    for (const path of ["", "?category=cups", "?q=honey", "product.html?id=sencha", "cart.html", "order.html"]) {
      await page.goto(shop.url + path);
      await page.locator(".site-footer").waitFor();
      // What has been laid out is told to observers with the next frames.
      const moved = await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(window.moved)))));
      assert.ok(moved < 0.02, `${path}: layout shift ${moved}`);
    }
    assert.ok(late > 10, "no script was late");
  });

  test("shows in its corner what was sent and how it was answered", async (t) => {
    const { page, shop } = await visit(t, browser);
    shop.answer = (events) => {
      const rejected = events.flatMap(({ payload }, index) =>
        payload.event_title === "add_to_cart" ? [{ index, field: "price", reason: "malformed", message: "price: is a joke" }] : []);
      return { status: 202, body: { accepted: [], rejected } };
    };
    await page.goto(shop.url);
    assert.equal(await page.locator(".corner").count(), 0, "nobody asked for the corner");
    await page.click("#tracker-toggle");
    await page.locator(".corner").waitFor();
    await page.click("#quick-add-sencha");
    // A click's element may have been seen as well.
    const row = (text) => page.locator(".corner-events li", { hasText: text }).first();
    await row("#quick-add-sencha").getByText("accepted").waitFor();
    await row("add_to_cart").getByText("refused: price: is a joke").waitFor();
    // Large batches leave compressed.
    await row("#product-sencha").waitFor();
    assert.equal(await page.locator(".corner-events li", { hasText: "does not read" }).count(), 0);
    await row("add_to_cart").locator("summary").click();
    assert.match(await row("add_to_cart").locator("pre").textContent(), /"product_id": "sencha"/);

    await page.click("#product-assam");
    await page.waitForURL("**/product.html?id=assam");
    await row("#product-assam").waitFor();
    // In one go: the tracker sends again what the page before may not have got through.
    const left = await page.evaluate(() => {
      [...document.querySelectorAll(".corner button")].find(({ textContent }) => textContent.includes("Clear")).click();
      return document.querySelectorAll(".corner-events li").length;
    });
    assert.equal(left, 0, "cleared");
    await waitFor("an event of this page", () => row("detail-picture").count());
    assert.ok(!shop.events.some(({ payload }) => /corner/.test(payload.element_id)), "the corner watches itself");

    await page.locator(".corner").getByText("Close").click();
    assert.equal(await focused(page), "tracker-toggle");
    await page.goto(`${shop.url}cart.html`);
    await page.locator("#continue-shopping").waitFor();
    assert.equal(await page.locator(".corner").count(), 0, "closed stays closed");
  });

  test("has something to offer where there is nothing to show", async (t) => {
    const { page, shop } = await visit(t, browser);
    for (const path of ["?q=zzz", "cart.html", "product.html?id=none"]) {
      await page.goto(shop.url + path);
      await page.click("#suggestion-sencha");
      await page.waitForURL("**/product.html?id=sencha");
    }
    await page.click("#add-to-cart");
    await page.goto(`${shop.url}cart.html`);
    await page.focus("#cart-remove-sencha");
    await page.keyboard.press("Enter");
    await page.locator("#suggestion-sencha").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Your cart");
  });
});

/** A new visitor in front of a shop of their own. `page.faults` collects what console and error handlers saw. */
async function visit(t, browser, { tracker, ...options } = {}) {
  const shop = await startShop({ tracker });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (message) => {
    const own = !message.location().url.includes("clickpath");
    if (own && ["error", "warning"].includes(message.type())) page.faults.push(message.text());
  });
  t.after(async () => {
    await context.close();
    shop.stop();
  });
  return { page, shop };
}

async function toPayment(page, shop, look = async () => {}) {
  await page.goto(`${shop.url}product.html?id=sencha`);
  await page.click("#add-to-cart");
  await page.goto(`${shop.url}cart.html`);
  await look("cart");
  await page.click("#checkout-button");
  await page.waitForURL("**/checkout.html");
  await look("checkout");
  for (const field of ["name", "street", "postcode", "city"]) await page.fill(`#checkout-${field}`, "1");
  await page.fill("#checkout-email", "visitor@shop.example");
  await page.click("#place-order-button");
  await page.waitForURL("**/payment.html?order=*");
}

const focused = (page) => page.evaluate(() => document.activeElement.id);

/** Presses Tab until the element has the focus; fails when it cannot be reached or the focus cannot be seen. */
async function tabTo(page, id, key = "Tab") {
  for (let step = 0; step < 80; step++) {
    if ((await focused(page)) === id) {
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      assert.notEqual(outline, "none", `the focus on #${id} is not visible`);
      return;
    }
    await page.keyboard.press(key);
  }
  assert.fail(`#${id} cannot be reached by keyboard`);
}

async function press(page, key, url) {
  await Promise.all([page.waitForURL(url), page.keyboard.press(key)]);
}
