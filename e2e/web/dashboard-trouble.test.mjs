// The dashboard when something is wrong: it says what, and never shows nothing.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startChromium } from "../stack/chromium.mjs";
import { program, startClickpath } from "../stack/clickpath.mjs";
import { inTab } from "./tab.mjs";

let folder, key, clickpath, origin, browser;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "clickpath-dashboard-"));
  const file = join(folder, "keys.toml");
  key = execFileSync(program, ["key", "new", "--name", "people", "--scope", "read", "--append-to", file], { encoding: "utf8" }).trim();
  [clickpath, browser] = await Promise.all([startClickpath({ CLICKPATH_KEYS_FILE: file }), startChromium()]);
  origin = new URL(clickpath.dashboard).origin;
});

after(async () => {
  await browser?.close();
  assert.equal(await clickpath?.stop(), 0, "clickpath did not end in order");
  rmSync(folder, { recursive: true, force: true });
});

/** With the key already given. */
const signedIn = (work) => inTab(browser, origin, {}, async (tab) => {
  await tab.addInitScript((known) => sessionStorage.setItem("clickpath-key", known), key);
  await work(tab);
});

test("asks for a key, refuses one that is expired, and takes the right one", () =>
  inTab(browser, origin, {}, async (tab) => {
    await tab.goto(`${origin}/dashboard?period=30d&tz=UTC`);
    await tab.getByText("Sign in with a key").waitFor();
    await tab.getByLabel("API key").fill(`cpk_${"0".repeat(64)}`);
    await tab.keyboard.press("Enter");
    await tab.getByText("This key is not accepted").waitFor();
    await tab.getByLabel("API key").fill(key);
    await tab.keyboard.press("Enter");
    await tab.locator("#overview").waitFor();
    assert.equal(new URL(tab.url()).searchParams.get("period"), "30d", "the address is kept");
    assert.ok(!tab.url().includes("cpk_"));
  }));

test("a key that expires while the page is open leads to the same panel", () =>
  signedIn(async (tab) => {
    await tab.goto(`${origin}/dashboard?tz=UTC`);
    await tab.locator(".tile").first().waitFor();
    // In one step: a question on its way would be refused first.
    await tab.evaluate(() => {
      sessionStorage.setItem("clickpath-key", "cpk_expired");
      document.querySelector("[data-period='30d']").click();
    });
    await tab.getByText("This key is not accepted").waitFor();
  }));

test("the other pages ask for their key too, and say when it has expired", () =>
  inTab(browser, origin, {}, async (tab) => {
    for (const path of ["/journeys", "/live"]) {
      await tab.goto(origin + path);
      await tab.getByText("Sign in with a key").waitFor();
      await tab.getByLabel("API key").fill("cpk_expired");
      await tab.keyboard.press("Enter");
      await tab.getByText("This key is not accepted").waitFor();
    }
    await tab.evaluate(() => sessionStorage.setItem("clickpath-key", "cpk_expired"));
    await tab.goto(`${origin}/`);
    await tab.locator("[data-part=ledger]", { hasText: "shown to those with a key" }).waitFor();
    await tab.locator("[data-part=gateway] .badge.good").waitFor();
    await tab.locator("#last-state", { hasText: "needs a key" }).waitFor();
  }));

test("without events every card says so", () =>
  signedIn(async (tab) => {
    await tab.goto(`${origin}/dashboard?tz=UTC`);
    await tab.locator("#sources .state", { hasText: "Nothing in this period" }).waitFor();
    assert.equal(await tab.locator("#pages .state").getByRole("link", { name: "make some traffic" }).getAttribute("href"), "/");
    await tab.locator("#overview canvas").waitFor();
    for (const card of await tab.locator("#cards > .card[aria-labelledby]").all()) {
      await card.scrollIntoViewIfNeeded();
      await card.locator(".card-body:not(:has(.skeleton))").waitFor();
      assert.ok((await card.innerText()).trim().split("\n").length > 1, await card.innerText());
    }
  }));

test("what an address says that cannot be is left out, and said", () =>
  signedIn(async (tab) => {
    await tab.goto(`${origin}/dashboard?period=fortnight&tz=Mars/Olympus&from=yesterday&bots=maybe&site=nowhere&x=%3Cb%3E`);
    const notice = tab.locator("#ignored");
    await notice.waitFor();
    for (const part of ["period=fortnight", "tz=Mars/Olympus", "from=yesterday", "bots=maybe", "site=nowhere", "x=<b>"]) {
      assert.ok((await notice.textContent()).includes(part), `${part} is not in ${await notice.textContent()}`);
    }
    await tab.locator("#overview canvas").waitFor();
    assert.equal(new URL(tab.url()).search, "?site=shop&tz=UTC");
    await tab.goto(`${origin}/dashboard?period=custom&from=2026-03-04&to=2026-03-01&tz=UTC`);
    await tab.locator("#ignored", { hasText: "The first day comes after the last" }).waitFor();
    await tab.locator("#overview canvas").waitFor();
  }));

test("says which card is refused for a time, and asks again", () =>
  signedIn(async (tab) => {
    const body = JSON.stringify({ error: { code: "rate_limited", message: "too many requests for pages and reports from this address", limit: "address_reads" } });
    let refusals = 1;
    await tab.route("**/reports/channels?**", (route) => (refusals-- > 0 ? route.fulfill({ status: 429, contentType: "application/json", headers: { "retry-after": "1" }, body }) : route.continue()));
    await tab.goto(`${origin}/dashboard?tz=UTC`);
    await tab.locator("#sources .failed", { hasText: "Too many questions at once" }).waitFor();
    await tab.locator("#sources .state", { hasText: "Nothing in this period" }).waitFor();
  }));

test("without the database the page stays, and says what is away", async () => {
  const away = await startClickpath({ CLICKPATH_CLICKHOUSE_READ_TIMEOUT_MS: "400" });
  try {
    const address = new URL(away.dashboard).origin;
    await inTab(browser, address, {}, async (tab) => {
      await away.query("DROP TABLE sessions");
      await away.query("DROP TABLE daily_users");
      await away.query("DROP TABLE minutes");
      await tab.goto(`${address}/dashboard?tz=UTC`);
      for (const card of ["overview", "sources"]) await tab.locator(`#${card} .failed`, { hasText: "The database is away" }).waitFor();
      await tab.locator("#live-state[data-state=behind]").waitFor();
      await tab.locator("[data-signal=traffic][data-level=unknown]").waitFor();
    });
  } finally {
    await away.stop();
  }
});

test("without the gateway the page says so, and goes on when it is back", () =>
  signedIn(async (tab) => {
    await tab.goto(`${origin}/dashboard?tz=UTC`);
    await tab.locator("#sources .state").waitFor();
    await tab.context().setOffline(true);
    await tab.click("[data-period='30d']");
    await tab.locator("#sources .failed", { hasText: "The gateway cannot be reached" }).waitFor();
    await tab.context().setOffline(false);
    await tab.locator("#sources").getByText("Ask again").click();
    await tab.locator("#sources .state", { hasText: "Nothing in this period" }).waitFor();
  }));
