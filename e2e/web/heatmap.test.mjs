// The page under a heatmap: one that visitors saw, and of nobody's own.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startChromium } from "../stack/chromium.mjs";
import { startClickpath } from "../stack/clickpath.mjs";
import { waitFor } from "../stack/wait.mjs";
import { sampleQuery } from "../../web/heatmap/sample.js";
import { inTab } from "./tab.mjs";

const PERSON = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";
let clickpath, origin, browser;

before(async () => {
  [clickpath, browser] = await Promise.all([startClickpath(), startChromium()]);
  origin = new URL(clickpath.shop).origin;
  const views = [["one", "?id=kettle&utm_source=mail"], ["two", "?id=kettle"], ["three", "?id=sencha"], ["three", "?id=sencha&again=1"]].map(([session_id, query]) => ({
    type: "view", created_at: new Date().toISOString(), session_id, url: `${origin}/shop/product.html${query}`, payload: { event_title: "page_view" },
  }));
  const answer = await fetch(`${origin}/events`, { method: "POST", headers: { "content-type": "application/json", "user-agent": PERSON }, body: JSON.stringify(views) });
  assert.equal(answer.status, 202, await answer.text());
  const isThere = async () => (await (await fetch(`${origin}/reports/last_events?from=7d`)).json()).data.length === views.length;
  await waitFor("the events", isThere, 30_000);
});

after(async () => {
  await browser?.close();
  assert.equal(await clickpath?.stop(), 0, "clickpath did not end in order");
});

const opened = (tab) => tab.locator("iframe").getAttribute("src").then((src) => new URL(src));

test("a page that needs a query is opened with one that visitors saw", () =>
  inTab(browser, origin, {}, async (tab) => {
    await tab.goto(`${origin}/heatmap?path=%2Fshop%2Fproduct.html`);
    const { pathname, searchParams } = await opened(tab);
    assert.deepEqual([pathname, searchParams.toString()], ["/shop/product.html", "id=kettle&clickpath=overlay"]);
    await tab.frameLocator("iframe").locator("#add-to-cart").waitFor();
    assert.equal(await tab.inputValue("#path"), "/shop/product.html", "the numbers are of all its queries");
    await tab.goto(`${origin}/heatmap?path=%2Fshop%2Fproduct.html%3Fid%3Dsencha`);
    assert.equal((await opened(tab)).searchParams.get("id"), "sencha", "as it was wished");
  }));

test("where no query can be learned the page is opened as it is", () =>
  inTab(browser, origin, {}, async (tab) => {
    await tab.route("**/reports/last_events?**", (route) => route.fulfill({ status: 503, contentType: "application/json", body: "{}" }));
    await tab.goto(`${origin}/heatmap?path=%2Fshop%2Fproduct.html`);
    assert.equal((await opened(tab)).search, "?clickpath=overlay");
  }));

test("the query is the one of most visits, and never one visitor's own", () => {
  const seen = (session_id, query, path = "/p") => ({ session_id, path, url: `https://shop.example${path}${query}` });
  assert.equal(sampleQuery([], "/p"), "");
  assert.equal(sampleQuery([seen("a", "?order=17"), seen("a", "?order=17")], "/p"), "", "of one visitor");
  assert.equal(sampleQuery([seen("a", "?id=1"), seen("b", "?id=1"), seen("c", "?id=2")], "/p"), "?id=1");
  assert.equal(sampleQuery([seen("a", "?id=1"), seen("b", "?id=1")], "/other"), "");
  assert.equal(sampleQuery([seen("a", "?gclid=x&id=1"), seen("b", "?utm_term=y&id=1")], "/p"), "?id=1", "where they came from");
  assert.equal(sampleQuery([seen("a", "?id=1&clickpath=overlay"), seen("b", "?id=1")], "/p"), "?id=1", "under the overlay");
  assert.equal(sampleQuery(["a", "b", "c"].map((name) => seen(name, "")).concat(seen("d", "?q=1"), seen("e", "?q=1")), "/p"), "", "most had none");
});
