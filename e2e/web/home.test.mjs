// The first page: what runs, the line for one's own pages, traffic to look at; and errors for people.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startChromium } from "../stack/chromium.mjs";
import { startClickpath } from "../stack/clickpath.mjs";

let clickpath, origin, browser, context, page;

before(async () => {
  // A key that was given is in no file: the button must send with it all the same.
  clickpath = await startClickpath({ CLICKPATH_TRUSTED_KEY: "trusted-key-of-the-home-page" });
  origin = new URL(clickpath.shop).origin;
  browser = await startChromium();
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  page = await context.newPage();
  await page.goto(origin);
});

after(async () => {
  await browser?.close();
  assert.equal(await clickpath?.stop(), 0, "clickpath did not end in order");
});

test("every part says how it is", async () => {
  for (const part of ["gateway", "queue", "warehouse", "ledger"]) await page.locator(`[data-part=${part}] .badge.good`).waitFor();
});

test("where the queue takes nothing, that is said, and of the other parts how they are", async () => {
  const body = JSON.stringify({ status: "unavailable", components: { queue: "unavailable", spool: null, warehouse: "ready" } });
  await page.route("**/health/ready", (route) => route.fulfill({ status: 503, contentType: "application/json", body }));
  await page.reload();
  await page.locator("[data-part=queue] .badge.bad", { hasText: "unavailable" }).waitFor();
  await page.locator("[data-part=gateway] .badge.warn", { hasText: "puts senders off" }).waitFor();
  await page.locator("[data-part=warehouse] .badge.good").waitFor();
  await page.unroute("**/health/ready");
  await page.route("**/health/ready", (route) => route.fulfill({ status: 502, contentType: "text/html", body: "<h1>Bad gateway</h1>" }));
  await page.reload();
  await page.locator("[data-part=gateway] .badge.bad", { hasText: "away" }).waitFor();
  await page.unroute("**/health/ready");
  await page.reload();
  await page.locator("[data-part=queue] .badge.good").waitFor();
});

test("a gap in the books is said in words and in red", async () => {
  const totals = { accepted: 10, rejected: 0, in_flight: 0, gap: 3 };
  await page.route("**/ledger?**", (route) => route.fulfill({ json: { settled_until: new Date().toISOString(), totals } }));
  await page.reload();
  await page.locator("[data-part=ledger] .badge.bad", { hasText: "3 missing" }).waitFor();
  await page.unroute("**/ledger?**");
  await page.reload();
  await page.locator("[data-part=ledger] .badge.good").waitFor();
});

test("the colours that were chosen stay, and links lead to the same site", async () => {
  const tab = await context.newPage();
  await tab.goto(`${origin}/?site=shop`);
  const [dashboard, shop] = await Promise.all(["dashboard", "shop"].map((name) => tab.locator(`.frame-nav [data-nav=${name}]`).getAttribute("href")));
  assert.deepEqual([dashboard, shop], ["/dashboard?site=shop", "/shop/"]);
  await tab.getByRole("button", { name: "Colours: as the system" }).click();
  await tab.getByRole("button", { name: "Colours: light" }).click();
  const dark = await tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await tab.reload();
  await tab.getByRole("button", { name: "Colours: dark" }).waitFor();
  assert.equal(await tab.evaluate(() => getComputedStyle(document.body).backgroundColor), dark);
  await tab.getByRole("button", { name: "Colours: dark" }).click();
  assert.notEqual(await tab.evaluate(() => getComputedStyle(document.body).backgroundColor), dark);
  await tab.close();
});

test("the line for one's own pages is copied as it stands", async () => {
  await page.check("#snippet-key");
  await page.click("#copy-snippet");
  await page.locator("#copy-snippet", { hasText: "Copied" }).waitFor();
  const line = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(line, `<script async src="${origin}/clickpath.js" data-site="shop" data-key="…"></script>`);
});

test("one button makes a week of visitors, and the books balance", async () => {
  await page.click("#make-traffic");
  await page.locator("#traffic [role=status]", { hasText: "20,000 events, all accepted." }).waitFor({ timeout: 60_000 });
  await page.locator("#last code").first().waitFor();
  await page.locator("[data-part=loader] .badge.good", { hasText: "up to date" }).waitFor({ timeout: 30_000 });
  await page.locator("[data-part=ledger]", { hasText: "20,000 accepted" }).locator(".badge.good").waitFor();
  const [{ rows, days }] = await clickpath.query("SELECT uniqExact(id) AS rows, uniqExact(toDate(created_at)) AS days FROM events WHERE source = 'generator'");
  assert.equal(Number(rows), 20_000);
  const [{ phones, countries }] = await clickpath.query("SELECT countIf(device_type = 'mobile') AS phones, uniqExact(country) AS countries FROM events WHERE source = 'generator'");
  assert.ok(Number(phones) > 1_000 && Number(countries) > 5, `${phones} from phones, ${countries} countries: sent without the trusted key`);
  assert.ok(days >= 7, `only ${days} days`);
  assert.equal(await page.locator("#make-traffic").isEnabled(), true);
});

test("each face is a link that opens", async () => {
  const links = await page.locator(".faces a").evaluateAll((links) => links.map((link) => link.href));
  assert.ok(links.length >= 6);
  for (const link of links) assert.equal((await fetch(link)).status, 200, link);
});

test("an address where nothing is gets people a page and programs JSON", async () => {
  const tab = await context.newPage();
  const answer = await tab.goto(`${origin}/nowhere`);
  assert.equal(answer.status(), 404);
  await tab.locator("h1", { hasText: "Not found" }).waitFor();
  await tab.goto(`${origin}/reports/nothing`);
  await tab.locator("p", { hasText: "No metric has this name" }).waitFor();
  await tab.close();
  const program = await fetch(`${origin}/nowhere`);
  assert.equal((await program.json()).error.code, "not_found");
});
