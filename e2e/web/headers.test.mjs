// What answers tell a browser beside their content: a policy on each page, no guessing of types, no cookie.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startClickpath } from "../stack/clickpath.mjs";

/** Every address for people, and some of what programs get. */
const PAGES = ["/", "/dashboard", "/live", "/journeys", "/nowhere", "/reports/nothing", "/shop/", "/shop/cart.html", "/shop/order.html"];
const OTHERS = ["/clickpath.js", "/clickpath.d.ts", "/shop/shop.css", "/openapi.json", "/overview/", "/reports/", "/reports/users", "/ledger", "/health/ready", "/metrics", "/users/", "/console/events/?since=nonsense"];
let clickpath, origin;

before(async () => {
  clickpath = await startClickpath();
  origin = new URL(clickpath.shop).origin;
});

after(async () => assert.equal(await clickpath?.stop(), 0, "clickpath did not end in order"));

for (const path of PAGES) {
  test(`${path} is a page under a policy`, async () => {
    const { headers } = await fetch(origin + path, { headers: { accept: "text/html" } });
    assert.match(headers.get("content-type"), /^text\/html/);
    const policy = Object.fromEntries(headers.get("content-security-policy").split("; ").map((part) => part.split(/ (.*)/)));
    assert.equal(policy["default-src"], path.startsWith("/shop") ? "'self'" : "'none'");
    for (const sources of Object.values(policy)) assert.doesNotMatch(sources ?? "", /'unsafe-(?:inline|eval)'|https?:|\*/);
    assert.match(policy["frame-ancestors"] ?? "", /^'(?:none|self)'$/);
    assert.equal(headers.get("referrer-policy"), "strict-origin-when-cross-origin");
    common(headers);
  });
}

for (const path of OTHERS) {
  test(`${path} is what it says it is`, async () => common((await fetch(origin + path)).headers));
}

test("what a page loads is kept for ever, and the page is asked for each time", async () => {
  const page = await fetch(`${origin}/dashboard`);
  assert.equal(page.headers.get("cache-control"), "no-cache");
  const parts = [...(await page.text()).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, part]) => part);
  assert.ok(parts.length >= 3, `${parts}`);
  for (const part of parts) {
    const { headers, status } = await fetch(origin + part);
    assert.equal(status, 200, part);
    assert.match(headers.get("cache-control"), /max-age=31536000, immutable/, part);
    common(headers);
  }
});

function common(headers) {
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(headers.get("set-cookie"), null);
  assert.equal(headers.get("access-control-allow-credentials"), null);
}
