import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startChromium } from "../stack/chromium.mjs";
import { openTab, startSite, TAG } from "./site.mjs";

let browser, site, page;
before(async () => {
  browser = await startChromium();
  site = await startSite({ "/": '<div id="box" style="height:50px">box</div>', "/next": "" }, { tag: TAG.replace(">", ' data-params="size">') });
});
after(async () => {
  await browser.close();
  site.stop();
});
test.beforeEach(async () => {
  site.requests.length = 0;
  page = await openTab(browser);
});
test.afterEach(async () => {
  await page.context().close();
  assert.deepEqual(page.faults, []);
});

const views = () => site.titled("page_view").map(({ url, referrer }) => [url.replace(site.origin, ""), (referrer ?? "").replace(site.origin, "")]);
const arrived = async (mark) => {
  await page.evaluate((mark) => clickpath.track(mark), mark);
  await site.wait(mark, () => site.titled(mark).length);
};

test("each real change of address counts once", async () => {
  await page.goto(`${site.origin}/`);
  await page.evaluate(() => {
    history.replaceState({ scroll: 1 }, "");
    history.pushState({}, "", "/one");
    document.title = "One";
    history.replaceState({}, "", "/one");
    history.pushState({}, "", "/one?size=m");
    history.pushState({}, "", "/one?size=m#reviews");
    location.hash = "#/route";
  });
  await page.evaluate(() => {
    const back = new Promise((resolve) => addEventListener("popstate", resolve, { once: true }));
    history.back();
    return back;
  });
  await arrived("end");
  assert.deepEqual(views(), [
    ["/", ""], ["/one", "/"], ["/one?size=m", "/one"], ["/one?size=m#/route", "/one?size=m#reviews"],
    ["/one?size=m#reviews", "/one?size=m#/route"],
  ]);
  assert.equal(site.titled("page_view")[1].payload.title, "One");
});

test("page of a load has its title and referrer", async () => {
  await page.goto(`${site.origin}/`);
  await arrived("first");
  await page.evaluate(() => setTimeout(() => location.assign("/next")));
  await page.waitForURL("**/next");
  await arrived("second");
  assert.deepEqual(views(), [["/", ""], ["/next", "/"]]);
  const [first, second] = site.titled("page_view");
  assert.equal(second.payload.title, "/next");
  assert.equal(first.session_id, second.session_id);
  assert.equal(first.user_id, second.user_id);
});

test("two tabs share visitor and session", async () => {
  await page.goto(`${site.origin}/`);
  await arrived("first");
  const other = await page.context().newPage();
  await other.goto(`${site.origin}/next`);
  await site.wait("both", () => site.titled("page_view").length === 2);
  const [first, second] = site.titled("page_view");
  assert.deepEqual([first.session_id, first.user_id], [second.session_id, second.user_id]);
});

test("routers see their own history functions", async () => {
  await page.goto(`${site.origin}/`);
  await arrived("ready");
  const state = await page.evaluate(() => {
    try {
      history.pushState({}, "", "https://elsewhere.example/");
    } catch (error) {
      return [error.name, history.pushState({ a: 1 }, "", "/x"), history.state.a];
    }
  });
  assert.deepEqual(state, ["SecurityError", undefined, 1]);
});
