// The live console and POST /expect, over a real clickpath and a real visitor in the demo shop.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { startChromium } from "../stack/chromium.mjs";
import { startClickpath } from "../stack/clickpath.mjs";
import { waitFor } from "../stack/wait.mjs";

let clickpath, origin, browser, context, live;

before(async () => {
  clickpath = await startClickpath();
  origin = new URL(clickpath.shop).origin;
  browser = await startChromium();
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  live = await context.newPage();
});

after(async () => {
  await browser?.close();
  assert.equal(await clickpath?.stop(), 0, "clickpath did not end in order");
});

test("a click in the shop is on the console, and meets an expectation", async () => {
  await open("");
  const met = expect({ match: { type: "click", "payload.element_id": "#category-sweets" }, within_ms: 20_000 });
  const shop = await context.newPage();
  await shop.goto(`${origin}/shop/`);
  await shop.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => name.endsWith(".wasm")));
  await shop.click("#category-sweets");
  const { status, body } = await met;
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.event.verdict, "accepted");
  assert.equal(body.event.source, "tracker");
  assert.ok(body.event.enriched.browser.includes("Chrom"), JSON.stringify(body.event.enriched));
  const row = live.locator(".live-row", { hasText: "#category-sweets" }).filter({ hasText: "click" }).first();
  await row.waitFor();
  await shop.close();
});

test("an expectation that is not met names the nearest event and its field", async () => {
  await post(event({ id: crypto.randomUUID() }, { event_title: "add_to_cart", element_id: "#buy" }));
  const wanted = { match: { type: "click", "payload.event_title": "order", "payload.element_id": "#buy" }, within_ms: 50, since: "10s" };
  const { status, body } = await expect(wanted);
  assert.equal(status, 404);
  assert.deepEqual(body.nearest.differs, [{ field: "payload.event_title", expected: "order", got: "add_to_cart" }]);
  assert.match(body.error.message, /payload\.event_title is "add_to_cart", expected "order"/);
});

test("refused events stand there with their reason and their text", async () => {
  await open("?verdict=refused");
  await post(event({ session_id: "s-refused" }, { x: "left" }));
  const row = live.locator(".live-row.refused", { hasText: "payload.x" }).first();
  await row.click();
  const dialog = live.locator("dialog[open]");
  assert.match(await dialog.locator(".notice.bad").textContent(), /wrong_type in payload\.x/);
  assert.match(await dialog.locator("pre").textContent(), /"x": "left"/);
  await live.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
});

test("what is copied as curl is the event, whatever is in it", async () => {
  const nasty = `it's "$(touch /tmp/x)" \`id\` \\ @file ! é 漢\n%0a`;
  await open("?type=server");
  await post(event({ type: "server", session_id: "s-curl" }, { event_title: "nasty", note: nasty }));
  const sent = (await shown("nasty")).sent;
  await live.locator(".live-row", { hasText: "nasty" }).first().click();
  await live.getByRole("button", { name: "Copy as curl" }).click();
  const line = await waitFor("the clipboard", () => live.evaluate(() => navigator.clipboard.readText()).then((text) => text.startsWith("curl ") && text));
  await live.keyboard.press("Escape");
  const again = expect({ match: { "payload.event_title": "nasty", "payload.note": nasty }, within_ms: 10_000 });
  const { stdout } = await promisify(execFile)("bash", ["-c", line]);
  assert.match(stdout, /"accepted":\["/);
  assert.equal((await again).body.event.sent, sent, "byte by byte");
});

test("what was there before the visitor is shown, and not counted", async () => {
  const many = Array.from({ length: 200 }, () => event({ session_id: "s-before" }, { event_title: "before" }));
  await post(many);
  await open("?session=s-before");
  await live.locator(".live-row").nth(49).waitFor();
  const counts = live.locator("#live-counts");
  assert.equal(await counts.textContent(), "Since you came: 0 accepted · 0 refused");
  await post(event({ session_id: "s-before" }));
  await live.locator("#live-counts", { hasText: "Since you came: 1 accepted · 0 refused" }).waitFor();
  assert.doesNotMatch(await counts.textContent(), /not shown/);
});

test("filters narrow what is shown, and the address holds them", async () => {
  await open("");
  const [one, other] = ["filter-one", "filter-other"];
  await post([event({ session_id: one }, { event_title: "first_title" }), event({ session_id: other, type: "view" }, { event_title: "second_title" })]);
  await live.locator(".live-row", { hasText: "second_title" }).first().waitFor();
  await live.fill("#filter-session", one);
  await live.waitForURL("**/live?session=filter-one");
  await live.locator(".live-row", { hasText: "first_title" }).first().waitFor();
  assert.equal(await live.locator(".live-row").count(), 1);
  await live.fill("#filter-session", "");
  await live.selectOption("#filter-type", "view");
  await live.waitForURL("**/live?type=view");
  await live.locator(".live-row", { hasText: "second_title" }).first().waitFor();
  assert.equal(await live.locator(".live-row", { hasText: "first_title" }).count(), 0);
  await live.goBack();
  await live.locator(".live-row", { hasText: "first_title" }).first().waitFor();
});

test("two fields that are typed one after the other both narrow, and a blank between words stays", async () => {
  let answer;
  const asked = new Promise((resolve) => {
    answer = resolve;
  });
  // It answers after something was typed.
  await live.route("**/overview/", async (route) => {
    await asked;
    await route.continue();
  });
  await open("");
  const answered = live.waitForResponse("**/overview/");
  await live.evaluate(() => {
    for (const [name, text] of [["title", "first_title"], ["session", "filter-one"]]) {
      const field = document.getElementById(`filter-${name}`);
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  answer();
  await answered;
  await live.unroute("**/overview/");
  await live.waitForURL("**/live?title=first_title&session=filter-one");
  await live.fill("#filter-text", "two ");
  await live.waitForURL("**/live?title=first_title&session=filter-one&text=two");
  assert.equal(await live.inputValue("#filter-text"), "two ");
});

test("what an address says that is not understood is told", async () => {
  await live.goto(`${origin}/live?verdict=perhaps&colour=red`);
  await live.locator("#ignored", { hasText: "left out: verdict=perhaps; colour=red." }).waitFor();
  await live.click("[data-verdict=refused]");
  await live.locator("#ignored").waitFor({ state: "hidden" });
});

test("a stream that ends is taken up again, and nothing is missing or there twice", async () => {
  await post(event({}, { event_title: "taken_up_one" }));
  const arrivals = JSON.stringify({ events: [await shown("taken_up_one")], missed: 0 });
  const ends = { status: 200, contentType: "text/event-stream", body: `event: arrivals\ndata: ${arrivals}\n\n` };
  await live.route("**/console/events/**", (route) => route.fulfill(ends), { times: 1 });
  await live.goto(`${origin}/live?title=taken_up`);
  await live.locator(".live-row", { hasText: "taken_up_one" }).waitFor();
  await post(event({}, { event_title: "taken_up_two" }));
  await live.locator(".live-row", { hasText: "taken_up_two" }).waitFor();
  assert.equal(await live.locator(".live-row").count(), 2);
});

test("pausing keeps what comes, and says how much", async () => {
  await open("?title=paused");
  await live.click("#pause");
  await post([1, 2, 3].map(() => event({}, { event_title: "paused_one" })));
  await live.locator("#pause", { hasText: "Go on (3 waiting)" }).waitFor();
  assert.equal(await live.locator(".live-row").count(), 0);
  await live.click("#pause");
  assert.equal(await live.locator(".live-row").count(), 3);
  await live.click("#clear");
  assert.equal(await live.locator(".live-row").count(), 0);
});

test("an event is opened and closed by keyboard", async () => {
  await open("");
  await post(event());
  await live.locator(".live-row").first().focus();
  await live.keyboard.press("Enter");
  await live.locator("dialog[open]").waitFor();
  await live.keyboard.press("Escape");
  await live.locator("dialog[open]").waitFor({ state: "hidden" });
});

test("where it is off the page says how to turn it on", async () => {
  const closed = await startClickpath({ CLICKPATH_LIVE_CONSOLE: "false" });
  try {
    await live.goto(`${new URL(closed.shop).origin}/live`);
    await live.locator(".notice", { hasText: "--live-console" }).waitFor();
    await live.goto(closed.home);
    await live.locator("#last-state", { hasText: "stored" }).waitFor();
  } finally {
    await closed.stop();
  }
});

async function open(query) {
  await live.goto(`${origin}/live${query}`);
  await live.locator("#live-state", { hasText: /^connected$/ }).waitFor();
}

function event(fields, payload) {
  return { type: "click", created_at: new Date().toISOString(), session_id: "s-live", url: "/shop/", ...fields, payload: { event_title: "click", element_id: "#one", ...payload } };
}

const post = (body) => fetch(`${origin}/events`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

async function expect(wanted) {
  const answer = await fetch(`${origin}/expect`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(wanted) });
  return { status: answer.status, body: await answer.json() };
}

/** The event as the console has it. */
const shown = async (title) => (await expect({ match: { "payload.event_title": title }, since: "30s" })).body.event;
