// Secrets typed into every kind of field, and every byte that the gateway gets of that visit.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startChromium } from "../stack/chromium.mjs";
import { startClickpath } from "../stack/clickpath.mjs";
import { startFaultySite } from "../stack/faults.mjs";
import { waitFor } from "../stack/wait.mjs";

const SECRET = /s3cret|5105105|2001-03-04|#badbad|03:04|ann@mail|4242/i;
const TYPES = {
  text: "s3cret-text",
  password: "s3cret-password",
  email: "ann@mail.example",
  tel: "+4915105105",
  search: "s3cret-search",
  url: "https://s3cret.example/",
  number: "5105105",
  date: "2001-03-04",
  time: "03:04",
  "datetime-local": "2001-03-04T03:04",
  month: "2001-03",
  week: "2001-W09",
  color: "#badbad",
};
const COMPLETIONS = ["username", "current-password", "new-password", "one-time-code", "cc-number", "cc-csc", "tel", "street-address"];

const fields = [
  ...Object.keys(TYPES).map((type) => `<label>${type}<input type="${type}" id="field-${type}" name="${type}"></label>`),
  ...COMPLETIONS.map((word) => `<input autocomplete="${word}" id="auto-${word}" name="auto-${word}">`),
  '<input type="hidden" name="token" value="s3cret-hidden">',
  '<input type="checkbox" id="field-check" name="check" value="s3cret-check">',
  '<input type="radio" id="field-radio" name="radio" value="s3cret-radio">',
  '<input type="range" id="field-range" name="range" min="4242" max="4243">',
  '<select id="field-select" name="select"><option value="">–</option><option value="s3cret-option" label="s3cret-label">s3cret-choice</option></select>',
  '<textarea id="field-area" name="area"></textarea>',
  '<div id="field-rich" contenteditable data-cp="rich">…</div>',
  '<button type="button" id="plain" value="s3cret-button">Send</button>',
].join("");
const PAGE = `<script async src="/clickpath.js" data-site="shop"></script>
  <div id="shadow"></div><form id="form" method="get" action="/page/thanks">${fields}<input type="submit" id="send" value="s3cret-submit"></form>`;

let clickpath, site, browser;
before(async () => {
  clickpath = await startClickpath();
  site = await startFaultySite(new URL(clickpath.shop).origin, (path) => (path.startsWith("/page/") ? PAGE : undefined));
  browser = await startChromium();
});
after(async () => {
  await browser?.close();
  site?.stop();
  await clickpath?.stop();
});

const posts = () => site.requests.filter(({ method }) => method === "POST");
const told = (title) => posts().filter(({ body }) => body.includes(`"event_title":"${title}"`)).length;

test("no value of a field reaches the gateway", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${site.url}/page/form`);
  await waitFor("page view", () => told("page_view"));
  for (const [type, value] of Object.entries(TYPES)) {
    // A click on a colour opens a window of the browser's own that takes the keys.
    if (type !== "color") await page.click(`#field-${type}`, { position: { x: 3, y: 3 } });
    await page.fill(`#field-${type}`, value);
    await page.press(`#field-${type}`, "Tab");
  }
  for (const word of COMPLETIONS) {
    await page.locator(`#auto-${word}`).pressSequentially("s3cret");
    assert.equal(await page.inputValue(`#auto-${word}`), "s3cret");
  }
  await page.check("#field-check");
  await page.check("#field-radio");
  await page.press("#field-range", "ArrowRight");
  await page.selectOption("#field-select", "s3cret-option");
  await page.locator("#field-area").pressSequentially("s3cret-area");
  await page.locator("#field-rich").pressSequentially("s3cret-rich");
  await page.click("#field-rich");
  await page.click("#plain");
  await page.evaluate(() => {
    const root = document.querySelector("#shadow").attachShadow({ mode: "open" });
    root.innerHTML = '<input name="s" value="s3cret-shadow"><button value="s3cret-shadow">In</button>';
    root.querySelector("button").click();
    root.querySelector("input").click();
    // As password managers do.
    const password = document.querySelector("#field-password");
    password.value = "s3cret-manager";
    for (const name of ["input", "change", "blur"]) password.dispatchEvent(new Event(name, { bubbles: true }));
  });
  // The values stand in the address of the next page, as with every form of method get.
  await page.click("#send");
  await page.waitForURL(/thanks\?.*s3cret/);
  await waitFor("the form and the page behind it", () => told("form_submit") && posts().some(({ body }) => body.includes("/page/thanks")));
  await page.close({ runBeforeUnload: true });
  await waitFor("the page's end", () => told("page_leave"));
  await context.close();

  const rows = await waitFor("the rows", async () => {
    const rows = await clickpath.query("SELECT * FROM events");
    return rows.some(({ event_title }) => event_title === "form_submit") && rows;
  });
  assert.ok(rows.length > 15, `${rows.length} rows`);
  assert.doesNotMatch(JSON.stringify(rows.map(({ url, referrer, payload, element_id, event_title }) => [url, referrer, payload, element_id, event_title])), SECRET);
  for (const { url, headers, body } of posts()) {
    // The browser's own header; the gateway does not read it.
    const { referer, ...rest } = headers;
    for (const part of [url, JSON.stringify(rest), body]) assert.doesNotMatch(part, SECRET);
  }
});
