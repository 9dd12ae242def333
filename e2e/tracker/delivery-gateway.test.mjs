// What a visitor does reaches the table, whatever happens on the way: Chromium, a real gateway, its queue and ClickHouse.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startChromium } from "../stack/chromium.mjs";
import { startClickpath } from "../stack/clickpath.mjs";
import { startFaultySite } from "../stack/faults.mjs";
import { waitFor } from "../stack/wait.mjs";

const TAG = '<script async src="/clickpath.js" data-site="shop"></script>';
const PAGE = `${TAG}<button data-cp="probe">Buy</button>`;

let clickpath, site, browser;
let tabs = 0;
before(async () => {
  clickpath = await startClickpath();
  site = await startFaultySite(new URL(clickpath.shop).origin, (path) => (path.startsWith("/tab/") ? PAGE : undefined));
  browser = await startChromium();
});
after(async () => {
  await browser?.close();
  site?.stop();
  await clickpath?.stop();
});

/** A visitor whose clicks are labelled, so that each can be found again. */
async function visitor(context, name) {
  site.fault = undefined;
  const browsing = await browser.newContext();
  context.after(() => browsing.close());
  const fired = [];
  return {
    browsing,
    fired,
    /** A tab in which the tracker runs. */
    async open() {
      const page = await browsing.newPage();
      await page.goto(`${site.url}/tab/${tabs++}`);
      await running(page);
      return page;
    },
    async click(page, count) {
      const labels = Array.from({ length: count }, () => `${name} ${fired.push(name)}`);
      await page.evaluate((labels) => {
        const button = document.querySelector("button");
        for (const label of labels) {
          button.setAttribute("data-cp-product-id", label);
          button.click();
        }
      }, labels);
    },
    /** Rows of this visitor's clicks, once all are there: each label under one id. */
    async arrived() {
      let rows = [];
      const sql = "SELECT product_id, count() AS rows, uniqExact(id) AS ids FROM events FINAL WHERE startsWith(product_id, {name:String}) AND type = 'click' GROUP BY product_id";
      await waitFor(`${fired.length} clicks of ${name}`, async () => {
        rows = await clickpath.query(sql, { name: `${name} ` });
        return rows.length >= fired.length;
      }, 30_000).catch((error) => {
        throw new Error(`${error.message}: ${rows.length} of ${fired.length}`);
      });
      assert.equal(rows.length, fired.length);
      for (const { product_id, rows: count, ids } of rows) assert.deepEqual([count, ids], [1, 1], product_id);
    },
  };
}

/** Resolves when the tracker has told of the page, or tried to. */
async function running(page) {
  const address = `"url":"${page.url()}"`;
  await waitFor("the page's view", () => site.requests.some(({ body }) => body.includes(address)), 30_000);
}

async function dropped() {
  const sql = "SELECT payload FROM events FINAL WHERE event_title = 'tracker_dropped'";
  const rows = await clickpath.query(sql);
  return rows.map(({ payload }) => JSON.parse(payload));
}

async function close(page) {
  const closed = page.waitForEvent("close");
  await page.close({ runBeforeUnload: true });
  await closed;
}

test("a hundred tabs closed right after their clicks", async (context) => {
  const guest = await visitor(context, "closing");
  const rounds = Array.from({ length: 10 }, async () => {
    for (let tab = 0; tab < 10; tab++) {
      const page = await guest.open();
      await guest.click(page, 5);
      await close(page);
    }
  });
  await Promise.all(rounds);
  assert.equal(guest.fired.length, 500);
  await guest.arrived();
});

test("an offline spell", async (context) => {
  const guest = await visitor(context, "offline");
  const page = await guest.open();
  await guest.browsing.setOffline(true);
  await guest.click(page, 30);
  await close(page);
  await guest.browsing.setOffline(false);
  await guest.open();
  await guest.arrived();
});

test("a gateway that is away for a while, and a reload storm meanwhile", async (context) => {
  const guest = await visitor(context, "away");
  const page = await guest.open();
  site.fault = { status: 503, headers: { "retry-after": "1" } };
  for (let reload = 0; reload < 12; reload++) {
    await guest.click(page, 4);
    await page.reload();
    const posts = site.statuses.length;
    await waitFor("a post of the new page", () => site.statuses.length > posts);
  }
  site.fault = undefined;
  await guest.click(page, 4);
  await guest.arrived();
});

test("a reload storm", async (context) => {
  const guest = await visitor(context, "reloading");
  const page = await guest.open();
  for (let reload = 0; reload < 12; reload++) {
    await guest.click(page, 4);
    await page.goto(`${site.url}/tab/${tabs++}`);
    await running(page);
  }
  await guest.arrived();
});

test("a full browser: what finds no room is counted", async (context) => {
  const guest = await visitor(context, "full");
  const page = await guest.open();
  const before = (await dropped()).length;
  site.fault = { status: 503, headers: { "retry-after": "30" } };
  await guest.click(page, 1);
  await waitFor("an answer", () => site.statuses.at(-1) === 503);
  await page.evaluate(() => {
    // Room for about eight events is left.
    for (let size = 1 << 22; size >= 8192; size >>= 1) {
      try {
        for (let n = 0; ; n++) localStorage.setItem(`filler ${size} ${n}`, "x".repeat(size));
      } catch {}
    }
    localStorage.setItem("filler 8192 0", "");
  });
  await guest.click(page, 100);
  await close(page);
  // The last request of the page that ended is refused as well.
  await waitFor("all clicks", () => guest.fired.every((_, index) => site.requests.some(({ body }) => body.includes(`"full ${index + 1}"`))));
  site.fault = undefined;
  const next = await guest.browsing.newPage();
  await next.goto(`${site.url}/tab/${tabs++}`);
  await next.evaluate(() => {
    for (const name of Object.keys(localStorage)) if (name.startsWith("filler")) localStorage.removeItem(name);
  });
  const reports = await waitFor("the report", async () => {
    await next.click("button");
    const reports = await dropped();
    return reports.length > before && reports;
  }, 30_000);
  const sql = "SELECT uniqExact(product_id) AS labels FROM events FINAL WHERE startsWith(product_id, 'full ')";
  const [{ labels }] = await clickpath.query(sql);
  const [{ quota }] = reports;
  assert.ok(labels < 101 && labels > 1, `${labels} arrived`);
  // The page's leave and the like were lost beside the clicks.
  assert.ok(quota >= 101 - labels && quota <= 101 - labels + 5, `${labels} of 101 arrived, ${quota} are reported`);
});
