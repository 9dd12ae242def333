import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { startChromium } from "../stack/chromium.mjs";
import { observed, openTab, repeated, startSite } from "./site.mjs";

const block = (attributes, top, height) => `<div ${attributes} style="position:absolute;top:${top}px;height:${height}px;width:300px"></div>`;
const PAGE = `
  ${block('id="whole"', 100, 100)}
  ${block('id="half"', 500, 200)}
  ${block('id="less"', 501, 200)}
  ${block('data-cp="named"', 0, 10)}
  ${block('id="tall"', 1_000, 1_500)}
  ${block('id="far"', 4_000, 100)}
  ${block('id=":r1:"', 0, 10)}
  ${block('id="flat"', 0, 0)}
  <div data-cp-ignore>${block('id="private"', 0, 10)}</div>`;

let browser, site, page;
before(async () => (browser = await startChromium()));
after(() => browser.close());
beforeEach(async (context) => {
  site = await startSite({ "/a": PAGE, "/b": PAGE });
  page = await openTab(browser);
  await page.addInitScript(() => {
    const { observe } = IntersectionObserver.prototype;
    IntersectionObserver.prototype.observe = function (element) {
      window.watching = true;
      observe.call(this, element);
    };
  });
  await page.clock.install({ time: "2026-11-22T10:00:00Z" });
  await page.clock.pauseAt("2026-11-22T10:00:01Z");
  context.after(async () => {
    await page.context().close();
    site.stop();
    assert.deepEqual(page.faults, []);
  });
});

/** Opens a page and waits until the tracker watches it. */
const open = async (path) => {
  await page.goto(site.origin + path);
  await page.waitForFunction(() => window.watching, null, { polling: 20 });
  await observed(page);
};
const pass = async (milliseconds) => {
  await page.clock.runFor(milliseconds);
  await observed(page);
};
const scroll = async (top) => {
  await page.evaluate((top) => scrollTo(0, top), top);
  await observed(page);
};
/** Everything recorded so far has arrived when this event has. */
const viewed = async () => {
  const mark = `mark-${Math.random()}`;
  await page.evaluate((mark) => clickpath.track(mark), mark);
  await page.clock.runFor(1_100);
  await site.wait(mark, () => site.titled(mark).length);
  return site.viewed();
};

test("half for a second counts once", async () => {
  await open("/a");
  await pass(1_001);
  assert.deepEqual((await viewed()).sort(), ["#half", "#whole", "named"]);
  await scroll(3_000);
  await scroll(0);
  await pass(5_000);
  assert.deepEqual(repeated(await viewed()), []);
  const { type, payload } = site.titled("element_view")[0];
  assert.equal(type, "view");
  assert.deepEqual([payload.viewport_w, payload.viewport_h, payload.x], [800, 600, undefined]);
});

test("less than a second does not count", async () => {
  await open("/a");
  await pass(900);
  await scroll(3_000);
  await pass(5_000);
  assert.deepEqual(await viewed(), []);
  await scroll(0);
  await pass(900);
  await scroll(3_000);
  assert.deepEqual(await viewed(), []);
});

test("element taller than the viewport counts when it fills half", async () => {
  await open("/a");
  await scroll(699);
  await pass(1_500);
  assert.ok(!(await viewed()).includes("#tall"));
  await scroll(701);
  await pass(1_001);
  assert.ok((await viewed()).includes("#tall"));
});

test("later elements are watched too", async () => {
  await open("/a");
  await page.evaluate(() => {
    const box = document.createElement("p");
    box.innerHTML = '<span id="later" style="position:absolute;top:0;height:20px;width:20px"></span>';
    document.body.append(box);
    document.querySelector("#whole").id = "renamed";
  });
  await observed(page);
  await observed(page);
  await pass(1_001);
  const names = await viewed();
  assert.ok(names.includes("#later"), names.join());
  assert.ok(names.includes("#renamed") && !names.includes("#whole"), names.join());
});

test("hidden page does not count", async () => {
  await open("/a");
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { value: true, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await pass(3_000);
  assert.deepEqual(await viewed(), []);
  await page.evaluate(() => {
    delete document.hidden;
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await pass(1_001);
  assert.ok((await viewed()).includes("#whole"));
});

test("once per session and page over loads", async () => {
  await open("/a");
  await pass(1_001);
  await viewed();
  await open("/a?again");
  await pass(1_001);
  assert.deepEqual(repeated(await viewed()), []);
  await open("/b");
  await pass(1_001);
  assert.deepEqual(repeated(await viewed()).sort(), ["#half", "#whole", "named"]);
});

test("silence of half an hour begins a session", async () => {
  await open("/a");
  await pass(1_001);
  await viewed();
  await page.clock.fastForward("29:00");
  await viewed();
  await page.clock.fastForward("30:01");
  await viewed();
  const marks = site.accepted().filter(({ payload }) => payload.event_title.startsWith("mark"));
  const [first, second, third] = marks.map(({ session_id }) => session_id);
  assert.equal(first, second);
  assert.notEqual(second, third);
  assert.equal(new Set(site.accepted().map(({ user_id }) => user_id)).size, 1);
  await open("/a");
  await pass(1_001);
  assert.deepEqual(repeated(await viewed()).sort(), ["#half", "#whole", "named"]);
});
