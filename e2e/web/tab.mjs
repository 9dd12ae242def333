// A tab that remembers what no page may do: ask elsewhere, break its policy, throw.
import assert from "node:assert/strict";

/** A new tab of `browser`; `faults` is what it did that it may not. */
export async function openTab(browser, origin, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB", timezoneId: "UTC", ...options });
  const tab = await context.newPage();
  const faults = [];
  tab.on("request", (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (asked !== origin && !["data:", "blob:"].includes(protocol)) faults.push(`asked ${request.url()}`);
  });
  tab.on("pageerror", (error) => faults.push(`threw ${error.stack}`));
  tab.on("console", (message) => {
    if (/Content Security Policy|Trusted/i.test(message.text())) faults.push(message.text());
  });
  return { context, tab, faults };
}

/** Runs `work` in a tab of its own and finds no fault in it. */
export async function inTab(browser, origin, options, work) {
  const { context, tab, faults } = await openTab(browser, origin, options);
  try {
    await work(tab);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
}
