// The first page: what runs, the line for one's own pages, traffic to look at; and errors for people.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startChromium } from "../stack/chromium.mjs";
import { startClickpath } from "../stack/clickpath.mjs";
import { assertAccessible } from "./axe.mjs";

let clickpath, origin, browser, context, page;

before(async () => {
  clickpath = await startClickpath();
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

test("the line for one's own pages is copied as it stands", async () => {
  await page.check("#snippet-key");
  await page.click("#copy-snippet");
  await page.locator("#copy-snippet", { hasText: "Copied" }).waitFor();
  const line = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(line, `<script async src="${origin}/clickpath.js" data-site="shop" data-key="…"></script>`);
});

test("one button makes a week of visitors, and the books balance", async () => {
  await page.click("#make-traffic");
  await page.locator("#traffic [role=status]", { hasText: "20000 accepted" }).waitFor({ timeout: 60_000 });
  await page.locator("#last code").first().waitFor();
  await page.locator("[data-part=loader] .badge.good", { hasText: "up to date" }).waitFor({ timeout: 30_000 });
  await page.locator("[data-part=ledger]", { hasText: "20,000 accepted" }).locator(".badge.good").waitFor();
  const [{ rows, days }] = await clickpath.query("SELECT uniqExact(id) AS rows, uniqExact(toDate(created_at)) AS days FROM events WHERE source = 'generator'");
  assert.equal(Number(rows), 20_000);
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
  await assertAccessible(tab);
  await tab.goto(`${origin}/reports/nothing`);
  await tab.locator("p", { hasText: "No metric has this name" }).waitFor();
  await tab.close();
  const program = await fetch(`${origin}/nowhere`);
  assert.equal((await program.json()).error.code, "not_found");
});

test("nobody is shut out: axe, narrow windows", () => assertAccessible(page));
