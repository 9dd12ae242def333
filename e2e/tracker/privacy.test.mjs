// What never leaves the page, and what is never stored.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startChromium } from "../stack/chromium.mjs";
import { visit } from "./site.mjs";

let browser;
before(async () => (browser = await startChromium()));
after(() => browser.close());

const tagWith = (attributes) => `<script async src="/clickpath.js" data-site="shop" ${attributes}></script>`;
const BODY = '<button id="buy">Buy</button>';

const open = (context, { body = BODY, ...options }, story) =>
  visit(context, browser, { tag: tagWith(""), path: "/", clock: true, pages: { "/": body, "/next": body }, ...options }, story);

const stored = (page) => page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)].concat(document.cookie || []));
const sent = (site) => JSON.stringify(site.requests.map(({ query, events }) => [query.toString(), events]));
const clicks = (site) => site.titled("click").length;
const wantsModule = (page) => page.asked.some((url) => url.endsWith(".wasm"));

/** What the tracker sent. */
const measured = (site) => site.requests.filter(({ path }) => path !== "/marker");

/** Lets so long pass for the tracker, then waits for a request of the page's own, which is after all that the tracker began. */
async function pass(page, milliseconds) {
  await page.clock.runFor(milliseconds);
  await page.evaluate(() => fetch("/marker", { method: "POST", body: "[]" }));
}

/** Whatever the tracker does after a click is done: it gathers for less than half a second, and at the page's end. */
async function clickAndLeave(page) {
  await page.click("#buy");
  await pass(page, 600);
  await page.goto(`${new URL(page.url()).origin}/next`);
  await pass(page, 600);
}

for (const [name, prepare] of [
  ["global privacy control", () => Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => true })],
  ["do not track", () => Object.defineProperty(Navigator.prototype, "doNotTrack", { get: () => "1" })],
]) {
  test(`with ${name} nothing is loaded, stored or sent, and that is said once`, (context) =>
    open(context, { prepare }, async (page, site) => {
      await page.evaluate(() => {
        clickpath.track("mine", { n: 1 });
        clickpath.identify("1001");
        clickpath.consent("full");
        clickpath.optIn();
      });
      assert.deepEqual(page.faults, ["debug: clickpath: the browser asks not to track; nothing is recorded"]);
      await clickAndLeave(page);
      assert.deepEqual(await stored(page), []);
      assert.deepEqual(measured(site), []);
      assert.equal(wantsModule(page), false);
    }));

  test(`data-respect-dnt="false" overrules ${name}`, (context) =>
    open(context, { prepare, tag: tagWith('data-respect-dnt="false"') }, async (page, site) => {
      await page.click("#buy");
      await site.wait("click", () => clicks(site));
      assert.deepEqual(page.faults, []);
    }));
}

test("without consent nothing is loaded, and with it the page counts from then on", (context) =>
  open(context, { tag: tagWith('data-consent="off"') }, async (page, site) => {
    await clickAndLeave(page);
    await page.evaluate(() => clickpath.track("before"));
    assert.deepEqual([await stored(page), measured(site).length, wantsModule(page)], [[], 0, false]);
    await page.evaluate(() => clickpath.consent("full"));
    await page.click("#buy");
    await site.wait("click and page view", () => clicks(site) && site.titled("page_view").length);
    assert.deepEqual([clicks(site), site.titled("page_view").length, site.titled("before").length], [1, 1, 0]);
  }));

test("consent taken back leaves nothing, and given again begins with another visitor", (context) =>
  open(context, {}, async (page, site) => {
    await page.click("#buy");
    await site.wait("click", () => clicks(site));
    const [first] = site.titled("click");
    site.answer = () => ({ status: 503 });
    await page.click("#buy");
    await page.evaluate(() => clickpath.consent("off"));
    assert.deepEqual(await stored(page), []);
    site.answer = () => ({ status: 202 });
    const before = measured(site).length;
    await page.click("#buy");
    await pass(page, 1_500);
    assert.equal(measured(site).length, before, "nothing leaves");
    await page.evaluate(() => clickpath.consent("full"));
    await page.click("#buy");
    await site.wait("click", () => clicks(site) === 2);
    const last = site.titled("click").at(-1);
    assert.notEqual(last.user_id, first.user_id);
    assert.notEqual(last.session_id, first.session_id);
  }));

test("cookieless stores nothing and names nobody", (context) =>
  open(context, { tag: tagWith('data-consent="cookieless"') }, async (page, site) => {
    await page.click("#buy");
    await page.click("#buy");
    await site.wait("clicks", () => clicks(site) === 2);
    assert.deepEqual(await stored(page), []);
    const sessions = () => new Set(site.accepted().map(({ session_id }) => session_id)).size;
    assert.equal(sessions(), 1);
    assert.deepEqual(site.accepted().filter(({ user_id }) => user_id), []);
    await page.goto(`${site.origin}/next`);
    await page.click("#buy");
    await site.wait("click", () => clicks(site) === 3);
    assert.equal(sessions(), 2, "another page is another session");
    assert.deepEqual(await stored(page), []);
    await page.evaluate(() => clickpath.consent("full"));
    await page.click("#buy");
    await site.wait("click", () => clicks(site) === 4);
    assert.ok(site.titled("click").at(-1).user_id);
    assert.equal(sessions(), 2, "the session goes on");
  }));

test("who opts out stays out until they opt in", (context) =>
  open(context, {}, async (page, site) => {
    await page.click("#buy");
    await site.wait("click", () => clicks(site));
    await page.evaluate(() => clickpath.optOut());
    assert.deepEqual(await stored(page), ["clickpath.optout"]);
    const before = measured(site).length;
    await page.goto(`${site.origin}/next`);
    await page.evaluate(() => clickpath.consent("full"));
    await clickAndLeave(page);
    assert.equal(measured(site).length, before);
    assert.deepEqual(await stored(page), ["clickpath.optout"]);
    await page.evaluate(() => clickpath.optIn());
    await page.click("#buy");
    await site.wait("click", () => clicks(site) === 2);
  }));

test("addresses, referrers, titles and texts name nobody", (context) => {
  const query = "utm_source=mail&gclid=7&size=m&token=s3cret&email=ann%40mail.example&utm_content=bob%2540mail.example";
  return open(context, { tag: tagWith('data-params="size"'), path: `/?${query}#/u/ann@mail.example?q=s3cret` }, async (page, site) => {
    await page.evaluate(() => {
      document.title = "Ann Lee, ann@mail.example, +49 170 1234567";
      clickpath.track("asked", { text: "Call 0170 1234567 or +49 170 1234567, ann@mail.example", order_id: "0301234567" });
      history.pushState({}, "", "/next?session=s3cret");
    });
    await site.wait("both views", () => site.titled("page_view").length === 2 && site.titled("asked").length);
    const [first, second] = site.titled("page_view");
    assert.equal(first.url, `${site.origin}/?utm_source=mail&gclid=7&size=m&utm_content=[email]#/u/[email]`);
    assert.equal(first.payload.title, "Ann Lee, [email], [phone]");
    assert.deepEqual([second.url, second.referrer], [`${site.origin}/next`, first.url]);
    const { payload } = site.titled("asked")[0];
    assert.deepEqual([payload.text, payload.order_id], ["Call [phone] or [phone], [email]", "0301234567"]);
    for (const secret of ["s3cret", "ann", "bob", "1234567,"]) assert.ok(!sent(site).includes(secret), secret);
  });
});

test("of a masked part only its name is told, of an ignored one nothing", (context) => {
  const inside = (word) =>
    `<a id="${word}-link" class="${word}-class" href="/next?${word}#${word}" title="${word}" data-cp-order="${word}">${word}</a><p id="${word}-p" data-cp="${word}-name">${word}</p>`;
  const body = `<section data-cp-mask data-cp="account" id="secret-root"><form id="secret-form" name="secret-name">${inside("secret")}</form></section>
    <aside data-cp-ignore>${inside("hidden")}</aside>
    ${["data-cp-mask", "data-cp-ignore"].map((mark) => `<div ${mark}><div><template shadowrootmode="open"><p id="secret-shadow">secret</p></template></div></div>`).join("")}${BODY}`;
  return open(context, { body }, async (page, site) => {
    await page.evaluate(() => {
      for (const element of document.querySelectorAll("a,p")) {
        element.addEventListener("click", (event) => event.preventDefault());
        element.click();
      }
      document.querySelector("form").dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    });
    await page.click("#buy");
    await site.wait("the views of what is to be seen", () => ["account", "#buy"].every((name) => site.viewed().includes(name)));
    await site.wait("clicks", () => clicks(site) === 3);
    assert.deepEqual(site.titled("click").map(({ payload }) => payload.element_id), ["account", "account", "#buy"]);
    for (const word of ["secret", "hidden"]) assert.ok(!sent(site).includes(word), sent(site));
  });
});

test("a page asks its own origin only", (context) =>
  open(context, {}, async (page, site) => {
    await page.click("#buy");
    await site.wait("click and view", () => clicks(site) && site.viewed().length);
    await page.goto(`${site.origin}/next`);
    await site.wait("next view", () => site.titled("page_view").length === 2);
    assert.ok(page.asked.length >= 8, page.asked.join("\n"));
    assert.deepEqual(page.asked.filter((url) => !url.startsWith(`${site.origin}/`)), []);
    assert.deepEqual(await page.context().cookies(), []);
  }));
