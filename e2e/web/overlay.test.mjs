// The overlay on a live page and the heatmap of the dashboard, over what visitors of known deeds left behind.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { startChromium } from "../stack/chromium.mjs";
import { startClickpath } from "../stack/clickpath.mjs";
import { startRecorder } from "../stack/recorder.mjs";
import { waitFor } from "../stack/wait.mjs";
import { hotSpot, openShadows, startOverlaySite } from "./overlay-site.mjs";

const OPERATOR_KEY = "operator-key-of-the-tests";
/** As a person's browser says it, also in beacons at a page's end. */
const PERSON = {
  "x-forwarded-for": "8.8.8.8",
  "user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36",
  "sec-ch-ua": '"Google Chrome";v="143", "Chromium";v="143", "Not A(Brand";v="24"',
  "sec-ch-ua-mobile": "?0",
  "sec-ch-ua-platform": '"Windows"',
};
const WINDOW = { width: 1280, height: 720 };
/** Of `#buy`, whose clicks are the hot spot. */
const BUY = { x: 0.25, y: 0.75 };
/** Clicks on the hot spot; in the hottest hundredth of the shop's banner. */
const HOT = 6;

let clickpath, origin, recorder, site, browser;
/** Down to where each visitor of the page saw it, in percent as the tracker counts. */
const depths = [];

before(async () => {
  [clickpath, browser] = await Promise.all([startClickpath({ CLICKPATH_OPERATOR_KEY: OPERATOR_KEY, CLICKPATH_TRUSTED_PROXIES: "127.0.0.1" }), startChromium()]);
  origin = new URL(clickpath.shop).origin;
  recorder = await startRecorder(origin, PERSON);
  site = await startOverlaySite(recorder.url);
  const clicks = await Promise.all([visit({ clicks: HOT, entry: true, scroll: 600 }), visit({ clicks: 0, scroll: 0 }), visit({ clicks: 0, scroll: 5_000 }), shopVisit()]);
  const made = clicks.reduce((sum, each) => sum + each);
  const stored = async () => {
    const [{ rows, leaves }] = await clickpath.query("SELECT (SELECT uniqExact(id) FROM heatmap) AS rows, (SELECT count() FROM session_pages FINAL WHERE depth > 0 AND path = '/page') AS leaves");
    return rows === made && leaves === 3;
  };
  await waitFor("the marts", stored, 30_000);
});

after(async () => {
  await browser?.close();
  recorder?.stop();
  site?.stop();
  assert.equal(await clickpath?.stop(), 0, "clickpath did not end in order");
});

/** A visitor's tab; `work` gets it. What it asked for is looked through. */
async function asVisitor(work) {
  const context = await browser.newContext({ viewport: WINDOW });
  const tab = await context.newPage();
  const asked = [];
  tab.on("request", (request) => asked.push(request.url()));
  try {
    const result = await work(tab);
    assert.deepEqual(asked.filter((url) => /overlay/.test(url)), [], "a visitor downloads nothing of the overlay");
    return result;
  } finally {
    await context.close();
  }
}

const arrived = (session, title, id) => recorder.events().filter((event) => event.session_id === session && event.payload.event_title === title && (!id || event.payload.element_id === id));

/** Views the page, clicks its button so often and its second entry, scrolls, leaves. Gives the number of clicks. */
const visit = ({ clicks, entry, scroll }) => asVisitor(async (tab) => {
  await tab.goto(`${site.origin}/page`);
  const session = await tab.waitForFunction(() => localStorage.getItem("clickpath.session")?.match(/[0-9a-f-]{36}/)?.[0]).then((handle) => handle.jsonValue());
  await waitFor("the button's view", () => arrived(session, "element_view", "#buy").length > 0);
  const box = await tab.locator("#buy").boundingBox();
  for (let click = 0; click < clicks; click += 1) await tab.mouse.click(box.x + BUY.x * box.width, box.y + BUY.y * box.height);
  if (entry) await tab.locator("#menu button").nth(1).click({ position: { x: 30, y: 10 } });
  await tab.mouse.wheel(0, scroll);
  await tab.waitForFunction((top) => scrollY === Math.min(top, document.documentElement.scrollHeight - innerHeight), scroll);
  depths.push(await tab.evaluate(() => Math.floor((100 * (scrollY + innerHeight)) / document.documentElement.scrollHeight)));
  await tab.goto(`${site.origin}/page.css`);
  await waitFor("the end of the visit", () => arrived(session, "page_leave").length > 0);
  return clicks + (entry ? 1 : 0);
});

/** Clicks the shop's banner beside its link. */
const shopVisit = () => asVisitor(async (tab) => {
  await tab.goto(`${recorder.url}/shop/`);
  await tab.waitForFunction(() => localStorage.getItem("clickpath.session"));
  const box = await tab.locator("#hero-banner").boundingBox();
  const before = recorder.events().filter(({ payload }) => payload.element_id === "#hero-banner" && payload.event_title === "click").length;
  for (let click = 0; click < HOT; click += 1) await tab.mouse.click(box.x + 0.1 * box.width, box.y + 0.9 * box.height);
  const those = () => new Set(recorder.events().filter(({ payload }) => payload.element_id === "#hero-banner" && payload.event_title === "click").map(({ id }) => id)).size;
  await waitFor("the banner's clicks", () => those() - before === HOT);
  return HOT;
});

async function token() {
  const answer = await fetch(`${origin}/overlay/token?site=shop`, { method: "POST" });
  assert.equal(answer.status, 200);
  return (await answer.json()).token;
}

/** A tab with the overlay on a page; `work` gets the tab and finds no fault in it. */
async function withOverlay({ path = "/page", fragment, viewport = WINDOW, open = true }, work) {
  const context = await browser.newContext({ viewport });
  if (open) await context.addInitScript(openShadows);
  const tab = await context.newPage();
  const faults = [];
  tab.on("pageerror", (error) => faults.push(`threw ${error}`));
  tab.on("console", (message) => ["error", "warning"].includes(message.type()) && faults.push(message.text()));
  try {
    await tab.goto(`${site.origin}${path}?clickpath=overlay#${fragment ?? `clickpath-token=${await token()}`}`);
    await work(tab);
    // The browser says so of an answer that is a refusal, and of a canvas that this test reads.
    assert.deepEqual(faults.filter((fault) => !/status of 401|willReadFrequently/.test(fault)), []);
  } finally {
    await context.close();
  }
}

const words = (tab, text) => tab.locator(".words", { hasText: text }).waitFor();
/** Of a point of an element, as it lies now. */
const pointOf = async (tab, selector, { x, y }) => {
  const box = await tab.locator(selector).boundingBox();
  return { x: box.x + x * box.width, y: box.y + y * box.height };
};

async function assertHot(tab, selector, at, when) {
  await waitFor(`the hot spot ${when}`, async () => {
    const [hot, point] = [await hotSpot(tab), await pointOf(tab, selector, at)];
    return Math.abs(hot.x - point.x) <= 2 && Math.abs(hot.y - point.y) <= 2;
  }, 3_000).catch(async (error) => {
    throw new Error(`${error.message}: ${JSON.stringify([await hotSpot(tab), await pointOf(tab, selector, at)])}`);
  });
}

test("the hot spot lies where it was clicked, in another window, after the page was scrolled and the element moved", () =>
  withOverlay({}, async (tab) => {
    await words(tab, `${HOT + 1} clicks on 2 elements.`);
    await assertHot(tab, "#buy", BUY, "as it was");
    await tab.setViewportSize({ width: 1040, height: 600 });
    await assertHot(tab, "#buy", BUY, "in another window");
    await tab.evaluate(() => scrollTo(0, 60));
    await assertHot(tab, "#buy", BUY, "scrolled");
    await tab.evaluate(() => {
      window.moveBuy();
      scrollTo(0, 600);
    });
    await assertHot(tab, "#buy", BUY, "moved");
    await tab.evaluate(() => { document.querySelector("#aside").style.paddingLeft = "150px"; });
    await assertHot(tab, "#buy", BUY, "moved once more");
  }));

test("what visitors see of the picture is red where it was clicked, and the tree is closed", () =>
  withOverlay({ open: false }, async (tab) => {
    const drawn = () => tab.evaluate(() => document.querySelector("clickpath-overlay") !== null && document.querySelector("clickpath-overlay").shadowRoot === null);
    await waitFor("a closed shadow tree", drawn);
    const { x, y } = await pointOf(tab, "#buy", BUY);
    const clip = { x: Math.round(x) - 60, y: Math.round(y) - 60, width: 120, height: 120 };
    const reading = await tab.context().newPage();
    const reddest = async () => {
      const picture = (await tab.screenshot({ clip })).toString("base64");
      return reading.evaluate(async (base64) => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
        const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
        context.drawImage(bitmap, 0, 0);
        const { data, width } = context.getImageData(0, 0, bitmap.width, bitmap.height);
        let [most, found] = [120, []];
        for (let pixel = 0; pixel < data.length / 4; pixel += 1) {
          const red = data[4 * pixel] - data[4 * pixel + 2];
          const cold = data[4 * pixel + 1];
          const heat = 2 * red - cold;
          if (heat > most) [most, found] = [heat, []];
          if (heat === most) found.push(pixel);
        }
        const middle = (of) => found.reduce((sum, pixel) => sum + of(pixel) + 0.5, 0) / found.length;
        return found.length && { x: middle((pixel) => pixel % width), y: middle((pixel) => Math.floor(pixel / width)) };
      }, picture);
    };
    const spot = await waitFor("red pixels", reddest);
    assert.ok(Math.abs(clip.x + spot.x - x) <= 2 && Math.abs(clip.y + spot.y - y) <= 2, JSON.stringify({ spot, clip, x, y }));
  }));

test("clicks whose element is gone are counted, not drawn", () =>
  withOverlay({}, async (tab) => {
    await words(tab, "clicks on 2 elements.");
    await tab.evaluate(() => document.querySelector("#buy").remove());
    await words(tab, `${HOT} clicks not placed`);
    await assertHot(tab, "#menu button:nth-of-type(2)", { x: 0.25, y: 0.25 }, "of what is left");
    await tab.getByRole("button", { name: "List" }).click();
    await tab.locator("tr.gone", { hasText: "#buy (not on this page now)" }).waitFor();
  }));

test("what is scrolled away inside of a container is not drawn beside it", () =>
  withOverlay({}, async (tab) => {
    await words(tab, `${HOT + 1} clicks on 2 elements.`);
    await tab.evaluate(() => {
      const container = document.createElement("div");
      Object.assign(container.style, { height: "80px", overflow: "auto" });
      const filler = document.createElement("div");
      filler.style.height = "500px";
      const buy = document.querySelector("#buy");
      buy.replaceWith(container);
      container.append(buy, filler);
      window.scrollBuy = (top) => (container.scrollTop = top);
    });
    await assertHot(tab, "#buy", BUY, "in a container");
    await tab.evaluate(() => window.scrollBuy(100));
    await words(tab, `${HOT} clicks not placed`);
    await assertHot(tab, "#menu button:nth-of-type(2)", { x: 0.25, y: 0.25 }, "of what is left");
    await tab.evaluate(() => window.scrollBuy(0));
    await assertHot(tab, "#buy", BUY, "scrolled back");
  }));

test("labels say what the report says", () =>
  withOverlay({}, async (tab) => {
    const reported = await (await fetch(`${origin}/reports/page_elements?site=shop&from=30d&path=/page&device=desktop`)).json();
    const buy = reported.data.find(({ element_id }) => element_id === "#buy");
    assert.deepEqual([buy.seen, buy.clicked, buy.seen_and_clicked], [3, 1, 1], "one of three visitors clicked");
    const percent = (share) => (100 * share).toFixed(1);
    await tab.getByRole("button", { name: "CTR" }).click();
    const label = tab.locator('.label[data-of="#buy"]');
    await label.waitFor();
    assert.equal(await label.textContent(), `${percent(buy.ctr)} % (${percent(buy.ctr_low)}–${percent(buy.ctr_high)}) of 3`);
    await tab.getByRole("button", { name: "Views" }).click();
    await tab.locator('.label[data-of="#buy"]', { hasText: "3 views" }).waitFor();
    const [box, element] = await Promise.all([tab.locator(".box").first().boundingBox(), tab.locator("#buy").boundingBox()]);
    assert.ok(Math.abs(box.x - element.x) < 1 && Math.abs(box.width - element.width) < 1, "the box lies on the element");
  }));

test("reach is the truth of the visitors' scrolling", () =>
  withOverlay({}, async (tab) => {
    await tab.getByRole("button", { name: "Scroll" }).click();
    await words(tab, "3 visits whose end is known");
    const expected = Array.from({ length: 10 }, (_, index) => 10 * (index + 1)).map((percent) => `${((100 * depths.filter((depth) => depth >= percent).length) / 3).toFixed(1)} % saw ${percent} % of the page`);
    assert.deepEqual(await tab.locator(".line + .label").allTextContents(), expected);
    assert.equal(new Set(depths).size, 3, `three depths: ${depths}`);
    const bottom = await tab.evaluate(() => document.documentElement.scrollHeight);
    const bands = await tab.locator(".band").evaluateAll((bands) => bands.map((band) => band.getBoundingClientRect().bottom));
    assert.ok(Math.abs(bands.at(-1) - bottom) < 1, "the last band ends with the page");
  }));

test("nothing is recorded of who looks, and the token stays between tab and gateway", async () => {
  const before = recorder.events().length;
  await withOverlay({}, async (tab) => {
    await words(tab, "clicks on 2 elements.");
    assert.equal(await tab.evaluate(() => location.href), `${site.origin}/page?clickpath=overlay`);
    await tab.locator("#buy").click();
    await tab.getByRole("button", { name: "Views" }).click();
    await words(tab, "Sessions that saw");
    await tab.reload();
    await words(tab, "clicks on 2 elements.");
    await tab.evaluate(() => window.navigateTo("/other"));
    await words(tab, "No clicks on /other in 30 days (Desktop).");
    await tab.getByRole("button", { name: "Close the overlay" }).click();
    await tab.locator("clickpath-overlay").waitFor({ state: "detached" });
    assert.equal(await tab.evaluate(() => JSON.stringify(sessionStorage) + JSON.stringify(localStorage)), "{}{}");
  });
  assert.equal(recorder.events().length, before);
  assert.deepEqual(site.requests.filter((url) => /cpo_|token/.test(url)), []);
});

test("without a token, with an expired and with a foreign one it says what helps", async () => {
  await withOverlay({ fragment: "" }, (tab) => words(tab, "There is no token, so there are no numbers. Open this page from the heatmap"));
  const key = createHmac("sha256", OPERATOR_KEY).update("clickpath overlay token").digest();
  const expires = Date.now() - 1_000;
  const signature = createHmac("sha256", key).update(`${expires}\nshop`).digest("hex");
  await withOverlay({ fragment: `clickpath-token=cpo_${expires}_${signature}_shop` }, (tab) => words(tab, "The token has expired: it lasts an hour."));
  await withOverlay({ fragment: `clickpath-token=cpo_${expires}_${"0".repeat(64)}_shop` }, (tab) => words(tab, "The token is not known here"));
});

/** The heatmap of the dashboard in a tab, with the page in its frame. */
async function inHeatmap(query, work) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB" });
  await context.addInitScript(openShadows);
  const tab = await context.newPage();
  const faults = [];
  tab.on("pageerror", (error) => faults.push(`threw ${error}`));
  tab.on("console", (message) => /Content Security Policy|Trusted/i.test(message.text()) && faults.push(message.text()));
  try {
    await tab.goto(`${origin}/heatmap${query}`);
    await work(tab);
    // A page that allows no frame is told by the browser; the test below wants it told to people.
    assert.deepEqual(faults.filter((fault) => !fault.startsWith("Framing")), []);
  } finally {
    await context.close();
  }
}

const said = (tab, text) => tab.locator("#words", { hasText: text }).waitFor();

test("the dashboard shows the shop's page with its hot spot, as wide as the device", () =>
  inHeatmap("?path=%2Fshop%2F", async (tab) => {
    await said(tab, `${HOT} clicks on 1 element.`);
    const inside = async () => (await tab.locator("iframe").elementHandle()).contentFrame();
    const frame = await inside();
    assert.equal(await frame.evaluate(() => innerWidth), 1440);
    await assertHotInFrame(frame);
    await tab.getByRole("button", { name: "Phone" }).click();
    await said(tab, "No clicks on /shop/ in 30 days (Phone).");
    assert.equal(await frame.evaluate(() => innerWidth), 390);
    assert.equal(new URL(tab.url()).search, "?path=%2Fshop%2F&device=mobile");
    await tab.getByRole("button", { name: "All", exact: true }).click();
    await said(tab, `${HOT} clicks on 1 element.`);
    await assertHotInFrame(frame);
    await tab.getByRole("button", { name: "CTR" }).click();
    await said(tab, "95 % interval");
    // As large on the screen as in a page that is not shown smaller.
    const shown = async () => {
      const size = await frame.locator(".label").first().evaluate((label) => parseFloat(getComputedStyle(label).fontSize));
      const { width } = await tab.locator("iframe").boundingBox();
      return Math.abs((size * width) / (await frame.evaluate(() => innerWidth)) - 11.5) < 0.2;
    };
    await waitFor("labels of the common size", shown);
    await frame.locator("#category-tea").click();
    await tab.waitForURL("**/heatmap?path=%2Fshop%2Findex.html%3Fcategory%3Dtea&*");
    await said(tab, "No views of elements on /shop/index.html");
  }));

async function assertHotInFrame(frame) {
  await waitFor("the hot spot in the frame", async () => {
    const hot = await hotSpot(frame);
    const box = await frame.evaluate(() => document.querySelector("#hero-banner").getBoundingClientRect().toJSON());
    return Math.abs(hot.x - box.x - 0.1 * box.width) <= 2 && Math.abs(hot.y - box.y - 0.9 * box.height) <= 2;
  }, 3_000).catch(async (error) => {
    throw new Error(`${error.message}: ${JSON.stringify([await hotSpot(frame), await frame.evaluate(() => document.querySelector("#hero-banner").getBoundingClientRect().toJSON())])}`);
  });
}

test("the heatmap opens the live page, and helps where it can show nothing", async () => {
  await inHeatmap("?path=%2Fshop%2F", async (tab) => {
    await said(tab, "clicks on 1 element.");
    const [live] = await Promise.all([tab.context().waitForEvent("page"), tab.getByRole("link", { name: "Open on the live page" }).click()]);
    await words(live, `${HOT} clicks on 1 element.`);
    assert.equal(await live.evaluate(() => location.href), `${origin}/shop/?clickpath=overlay`);
  });
  await inHeatmap("?mode=warmth&path=%2Fnowhere", async (tab) => {
    await tab.locator("#ignored", { hasText: "mode=warmth" }).waitFor();
    await tab.locator("#elements", { hasText: "No element was seen here" }).waitFor();
    await tab.locator("[role=alert]", { hasText: "The page does not show the overlay here." }).waitFor();
  });
  const refused = (status, code) => ({ status, contentType: "application/json", body: JSON.stringify({ error: { code, message: "this is not to be" } }) });
  await inHeatmap("", async (tab) => {
    await tab.route("**/overlay/token*", (route) => route.fulfill(refused(401, "key_required")));
    await tab.reload();
    await tab.getByRole("heading", { name: "Sign in with a key" }).waitFor();
    await tab.unroute("**/overlay/token*");
    await tab.route("**/reports/top_pages*", (route) => route.fulfill(refused(503, "warehouse_unavailable")));
    await tab.reload();
    await tab.locator("[role=alert]", { hasText: "this is not to be" }).waitFor();
    await tab.unroute("**/reports/top_pages*");
    await tab.getByRole("button", { name: "Try again" }).click();
    await tab.locator("iframe").waitFor();
  });
});
