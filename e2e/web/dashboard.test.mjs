// The dashboard in a real browser: every number on it is the reports API's, whatever is chosen.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { startChromium } from "../stack/chromium.mjs";
import { waitFor } from "../stack/wait.mjs";
import { startFilled } from "./filled.mjs";
import { inTab } from "./tab.mjs";

/** The second brings bots, and so few visits of its own that nobody calls them unusual, at whatever hour these tests run. */
const TRAFFIC = [
  ["--span", "20d", "--count", "10000", "--seed", "1"],
  ["--span", "2d", "--count", "800", "--seed", "2", "--scenario", "bot_attack"],
];
let clickpath, browser;

before(async () => {
  [clickpath, browser] = await Promise.all([startFilled({ traffic: TRAFFIC }), startChromium()]);
});

after(async () => {
  await browser?.close();
  assert.equal(await clickpath?.stop(), 0, "clickpath did not end in order");
});

const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
const inDashboard = (query, work) => inTab(browser, clickpath.origin, {}, async (tab) => {
  await tab.goto(`${clickpath.origin}/dashboard?${query}`);
  await work(tab);
});

async function report(metric, parameters) {
  const answer = await fetch(`${clickpath.origin}/reports/${metric}?${new URLSearchParams(parameters)}`);
  assert.equal(answer.status, 200, await answer.clone().text());
  return (await answer.json()).data;
}

/** The head numbers as the API gives them. */
async function expected(parameters) {
  const sum = (rows, name) => rows.reduce((total, row) => total + row[name], 0);
  const [[users], [sessions], views, [bounce], [orders], [revenue]] = await Promise.all(["users", "session_duration", "page_views", "bounce_rate", "orders", "revenue"].map((metric) => report(metric, parameters)));
  return { visitors: users.users, sessions: sessions.sessions, views: sum(views, "page_views"), bounce: bounce.bounce_rate, orders: orders.created, revenue: revenue?.net_revenue };
}

const shown = (tab) => tab.locator(".tile").evaluateAll((tiles) => Object.fromEntries(tiles.map(({ dataset }) => [dataset.number, dataset.value === "" ? undefined : Number(dataset.value)])));

/** Waits until the page shows them; the message has what it showed instead. */
async function showsNumbers(tab, parameters) {
  const numbers = await expected(parameters);
  let last;
  const equal = async () => {
    last = await shown(tab);
    return Object.entries(numbers).every(([name, value]) => last[name] === (value ?? undefined) || (value === null && last[name] === undefined));
  };
  await waitFor("the numbers", equal).catch(() => assert.deepEqual(last, numbers));
  return numbers;
}

test("periods, zone, bots and comparison change the numbers to those of the reports API", () =>
  inDashboard("tz=UTC", async (tab) => {
    const week = await showsNumbers(tab, { from: day(6), tz: "UTC" });
    await tab.click("[data-period='30d']");
    const month = await showsNumbers(tab, { from: day(29), tz: "UTC" });
    assert.ok(month.sessions > week.sessions && week.sessions > 0);
    await tab.click("[data-period=yesterday]");
    const yesterday = await showsNumbers(tab, { from: day(1), to: day(1), tz: "UTC" });
    await tab.selectOption("#zone", "Asia/Tokyo");
    const tokyo = new Date(Date.now() + 9 * 3_600_000 - 86_400_000).toISOString().slice(0, 10);
    const elsewhere = await showsNumbers(tab, { from: tokyo, to: tokyo, tz: "Asia/Tokyo" });
    assert.notDeepEqual(elsewhere, yesterday);
    await tab.selectOption("#zone", "UTC");
    await tab.selectOption("#bots", "1");
    const all = await showsNumbers(tab, { from: day(1), to: day(1), tz: "UTC", bots: "1" });
    await tab.selectOption("#bots", "only");
    const bots = await showsNumbers(tab, { from: day(1), to: day(1), tz: "UTC", bots: "only" });
    assert.ok(bots.sessions > 0);
    assert.equal(all.sessions, bots.sessions + yesterday.sessions);
    await tab.locator(".tile-change").first().waitFor();
    await tab.click("#compare");
    await tab.locator(".tile-change").first().waitFor({ state: "detached" });
  }));

test("a period that the site was not there all through is nothing to compare with", () =>
  inDashboard("period=7d&tz=UTC", async (tab) => {
    await showsNumbers(tab, { from: day(6), tz: "UTC" });
    await tab.locator(".tile .tile-change").nth(6).waitFor();
    await tab.locator("#overview .legend", { hasText: "Period before" }).waitFor();
    await tab.click("[data-period='30d']");
    await tab.locator("#not-compared", { hasText: "Not compared: no visits before" }).waitFor();
    await showsNumbers(tab, { from: day(29), tz: "UTC" });
    assert.equal(await tab.locator(".tile-change").count(), 0);
    await tab.goto(`${clickpath.origin}/dashboard?period=custom&from=${day(12)}&to=${day(0)}&tz=UTC`);
    await tab.locator("#not-compared", { hasText: /^Not compared: the first visit was on \d+ \w+$/ }).waitFor();
    await showsNumbers(tab, { from: day(12), tz: "UTC" });
    assert.equal(await tab.locator(".tile-change").count(), 0);
    assert.equal(await tab.locator("#overview .legend").count(), 0, "a line of the period before");
    await tab.click("#compare");
    await tab.locator("#not-compared").waitFor({ state: "detached" });
  }));

test("the line of the period is asked first, alone, then its numbers, those of the period before, the signals, and what is below", () =>
  inTab(browser, clickpath.origin, {}, async (tab) => {
    const asked = [];
    let answered;
    tab.on("request", (request) => {
      const { pathname, search, searchParams } = new URL(request.url());
      if (pathname.startsWith("/reports/") && pathname !== "/reports/") asked.push({ metric: pathname.slice(9), from: searchParams.get("from"), isAfter: answered, search });
    });
    tab.on("response", (response) => { answered ||= response.url().includes("/reports/dau?"); });
    await tab.goto(`${clickpath.origin}/dashboard?period=7d&tz=UTC`);
    await showsNumbers(tab, { from: day(6), tz: "UTC" });
    await tab.locator(".tile .tile-change").nth(6).waitFor();
    await tab.locator("#sources .bars").waitFor();
    assert.equal(asked[0].metric, "dau");
    assert.ok(asked.slice(1).every(({ isAfter }) => isAfter), JSON.stringify(asked));
    const last = ["users", "session_duration", "page_views", "bounce_rate", "orders", "revenue"].map((name) => asked.findIndex(({ metric, from }) => metric === name && from === day(6)));
    const first = asked.findIndex(({ from }) => from < day(6));
    assert.ok(!last.includes(-1) && Math.max(...last) < first, JSON.stringify(asked));
    const pulse = asked.findIndex(({ metric }) => metric === "pulse");
    const sources = asked.findIndex(({ metric }) => metric === "channels");
    assert.ok(first < pulse && pulse < sources, JSON.stringify(asked));
    assert.equal(new Set(asked.map(({ metric, search }) => metric + search)).size, asked.length, "something was asked twice");
  }));

test("days are chosen in the calendar, by mouse and by keyboard", () =>
  inDashboard("tz=UTC", async (tab) => {
    await tab.click("#custom-period");
    await tab.getByLabel("From", { exact: true }).fill(day(5));
    await tab.getByLabel("To", { exact: true }).fill(day(8));
    await tab.getByText("Show these days").click();
    await tab.getByText("The first day comes after the last.").waitFor();
    await tab.getByLabel("To", { exact: true }).fill(day(3));
    await tab.keyboard.press("Enter");
    await showsNumbers(tab, { from: day(5), to: day(3), tz: "UTC" });
    assert.equal(new URL(tab.url()).searchParams.get("from"), day(5));
    await tab.click("#custom-period");
    const today = tab.locator(`[data-day="${day(0)}"]`);
    await today.click();
    await today.click();
    await tab.getByText("Show these days").click();
    await showsNumbers(tab, { from: day(0), tz: "UTC" });
    await tab.click("#custom-period");
    await tab.keyboard.press("Escape");
    assert.ok(await tab.locator("#custom-period").evaluate((button) => button === document.activeElement));
  }));

test("on a phone the calendar and a card's details are as wide as they show", () =>
  inTab(browser, clickpath.origin, { viewport: { width: 390, height: 844 } }, async (tab) => {
    await tab.goto(`${clickpath.origin}/dashboard?period=7d&tz=UTC`);
    const isCut = (selector) => tab.locator(selector).evaluate((element) => element.scrollWidth > element.clientWidth);
    await tab.click("#custom-period");
    assert.equal(await isCut(".period-form"), false, "the calendar");
    await tab.keyboard.press("Escape");
    await tab.locator("#sources .bars").waitFor();
    await tab.locator("#sources .card-tools > .icon-button").click();
    await tab.getByText("The query").click();
    await tab.locator("dialog pre", { hasText: "SET param_site" }).waitFor();
    assert.equal(await isCut(".dialog-body"), false, "the details");
  }));

test("a click on a row narrows all that can be narrowed, and the back button widens it", () =>
  inDashboard("period=30d&tz=UTC", async (tab) => {
    const all = await showsNumbers(tab, { from: day(29), tz: "UTC" });
    const parameters = { from: day(29), tz: "UTC" };
    for (const [card, tabName, filter, column, metric] of [
      ["sources", "channels", "channel", "channel", "channels"],
      ["sources", "referrers", "referrer", "referrer", "referrers"],
      ["sources", "campaigns", "campaign", "utm_campaign", "campaigns"],
      ["technology", "devices", "device", "device_type", "devices"],
      ["technology", "browsers", "browser", "browser", "browsers"],
      ["technology", "operating_systems", "os", "os", "operating_systems"],
      ["places", "", "country", "country", "countries"],
      ["pages", "", "page", "path", "top_pages"],
    ]) {
      await tab.locator(`#${card}`).scrollIntoViewIfNeeded();
      if (tabName) await tab.click(`#${card} [data-tab=${tabName}]`);
      const rows = await report(metric, parameters);
      const index = rows.findIndex((row) => row[column] !== "");
      const value = rows[index][column];
      // Until its answer is there the card shows the rows of before.
      await tab.locator(`#${card}:not([aria-busy])`).waitFor();
      await tab.locator(`#${card} .bars tbody tr`).nth(index).locator("button").click();
      const narrowed = await showsNumbers(tab, { ...parameters, [filter]: value });
      assert.ok(narrowed.sessions < all.sessions && narrowed.sessions > 0, `${filter} ${value}`);
      assert.equal(new URL(tab.url()).searchParams.get(filter), value);
      await tab.locator(`[data-filter=${filter}]`).waitFor();
      if (filter === "channel") {
        await tab.locator("#latency-card").scrollIntoViewIfNeeded();
        await tab.locator("#latency-card .badge", { hasText: "not by channel" }).waitFor();
        assert.ok(await tab.locator("#overview .badge").isHidden());
      }
      await tab.goBack();
      await showsNumbers(tab, parameters);
      await tab.locator("#filters").waitFor({ state: "hidden" });
    }
    await tab.locator("#technology").scrollIntoViewIfNeeded();
    await tab.goto(`${clickpath.origin}/dashboard?period=30d&tz=UTC&country=DE&device=mobile`);
    await showsNumbers(tab, { ...parameters, country: "DE", device: "mobile" });
  }));

test("each card shows the rows of its report, and its definition, CSV and SQL are a click away", () =>
  inDashboard("period=30d&tz=UTC", async (tab) => {
    const parameters = { from: day(29), tz: "UTC" };
    const text = (value) => value.toLocaleString("en-GB");
    const euros = (value) => value.toLocaleString("en-GB", { style: "currency", currency: "EUR" });
    for (const [card, metric, cell] of [
      ["funnel", "funnel", (rows) => text(rows[2].sessions)],
      ["ctr", "element_ctr", (rows) => text(rows[0].seen)],
      ["products", "top_products", (rows) => rows[0].product_id],
      ["retention", "retention_by_day", (rows) => `${Math.round(100 * rows.findLast(({ days_later }) => days_later === 1).share)}%`],
      ["bots-card", "bots", (rows) => text(rows[0].events)],
      ["latency-card", "latency", (rows) => text(rows[0].events)],
      ["errors", "error_codes", (rows) => rows[0].error_code],
      ["people", "wau", (rows) => text(rows.at(-1).users)],
      ["orders-card", "aov", (rows) => euros(rows[0].aov)],
    ]) {
      await tab.locator(`#${card}`).scrollIntoViewIfNeeded();
      await tab.locator(`#${card} .card-body`, { hasText: cell(await report(metric, parameters)) }).waitFor();
    }
    const details = tab.locator("#funnel .card-tools button");
    await details.focus();
    await tab.keyboard.press("Enter");
    const dialog = tab.locator("dialog");
    await dialog.getByText("Sessions that began in the period and came as far as each step").waitFor();
    await dialog.locator("tbody tr").nth(5).waitFor();
    assert.equal(await dialog.locator("tbody tr").count(), 6);
    await dialog.getByText("The query").click();
    await dialog.locator("pre", { hasText: "SET param_steps = 'page_view" }).waitFor();
    const [download] = await Promise.all([tab.waitForEvent("download"), dialog.getByText("Download CSV").click()]);
    assert.match(download.suggestedFilename(), /^funnel_shop_.*\.csv$/);
    const [head, ...lines] = readFileSync(await download.path(), "utf8").replaceAll('"', "").trim().split(/\r?\n/).map((line) => line.split(","));
    const sessions = lines.map((line) => Number(line[head.indexOf("sessions")]));
    assert.deepEqual(sessions, (await report("funnel", parameters)).map((row) => row.sessions));
    await tab.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    assert.ok(await details.evaluate((button) => button === document.activeElement), "focus went elsewhere");
    await tab.locator("#overview .chart").focus();
    await tab.keyboard.press("End");
    await tab.locator("#overview .chart-readout", { hasText: "today so far" }).waitFor();
    const bots = tab.locator("#bots-card");
    await bots.getByText("They are left out of every number here.").waitFor();
    await bots.getByRole("button", { name: "Count bots too" }).click();
    await showsNumbers(tab, { ...parameters, bots: "1" });
    await bots.getByText("They are counted in the numbers here.").waitFor();
    await bots.getByRole("button", { name: "Leave bots out" }).click();
    await showsNumbers(tab, parameters);
  }));

test("the main path goes by keyboard alone, and the focus is seen and kept", () =>
  inDashboard("tz=UTC", async (tab) => {
    await tab.locator("#sources .bars button").first().waitFor();
    await tab.keyboard.press("Tab");
    await tab.keyboard.press("Enter");
    assert.equal(await tab.evaluate(() => document.activeElement.id), "main", "the skip link leads to the content");
    await tabTo(tab, "[data-period='30d']");
    await tab.keyboard.press("Enter");
    await showsNumbers(tab, { from: day(29), tz: "UTC" });
    await tabTo(tab, "#custom-period");
    await tab.keyboard.press("Enter");
    await tabTo(tab, ".calendar-days button", "Shift+Tab");
    for (const key of ["ArrowUp", "ArrowRight", "Enter", "ArrowRight", "ArrowRight", "Enter"]) await tab.keyboard.press(key);
    await tabTo(tab, ".period-form .primary");
    await tab.keyboard.press("Enter");
    const parameters = { from: day(6), to: day(4), tz: "UTC" };
    await showsNumbers(tab, parameters);
    await tabTo(tab, ".tile[data-number=orders]");
    await tab.keyboard.press("Enter");
    await tab.locator(".tile[data-number=orders][aria-pressed=true]").waitFor();
    const [{ device_type: device }] = await report("devices", parameters);
    // Until its answer is there the card shows the rows of before.
    await tab.locator("#technology:not([aria-busy])").waitFor();
    await tabTo(tab, "#technology .bars button");
    await tab.keyboard.press("Enter");
    await showsNumbers(tab, { ...parameters, device });
    const focused = tab.locator("#technology .bars button[aria-pressed=true]:focus");
    await focused.waitFor();
    await tab.keyboard.press("Enter");
    await showsNumbers(tab, parameters);
    await tab.locator("#technology .bars button:focus").waitFor();
  }));

/** Presses a key until an element has the focus, which must be seen. */
async function tabTo(tab, selector, key = "Tab") {
  for (let step = 0; step < 120; step += 1) {
    const found = await tab.evaluate((wanted) => {
      const { activeElement } = document;
      return activeElement.matches(wanted) ? getComputedStyle(activeElement).outlineStyle : undefined;
    }, selector);
    if (found) return assert.notEqual(found, "none", `the focus on ${selector} is not seen`);
    await tab.keyboard.press(key);
  }
  assert.fail(`${selector} cannot be reached by ${key}`);
}

test("the signals flag the bot attack, with what is usual and since when", () =>
  inDashboard("period=7d&tz=UTC", async (tab) => {
    await tab.locator("[data-signal=bots][data-level=bad]").waitFor();
    await tab.locator("[data-signal=payments][data-level=good]").waitFor();
    const line = tab.locator("[data-incident=bots]", { hasText: /\d+% of [\d,]+ events were bots', usually \d+%/ });
    await line.waitFor();
    assert.match(await line.locator(".incident-when").textContent(), /^(since )?\d+ \w+, \d\d:00/);
    const lines = await tab.locator("[data-incident]").allTextContents();
  assert.equal(lines.length, 1, `something else is unusual: ${lines.join("; ")}`);
    await tab.click("[data-period=yesterday]");
    await showsNumbers(tab, { from: day(1), to: day(1), tz: "UTC" });
  }));
