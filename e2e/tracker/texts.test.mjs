// What of texts and addresses may leave the page. The corpus is in tracker-wasm/corpus/: what stands between `{{` and `}}` names a person, and harmless
// lines name nobody. `node --test e2e/tracker/texts.test.mjs` prints which lines are missed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { clean, isSame, place } from "../../tracker-wasm/host/address.js";
import { isChosen, isStable } from "../../tracker-wasm/host/chosen.js";
import { scrub, scrubJson } from "../../tracker-wasm/host/scrub.js";

const lines = (name) => readFileSync(new URL(`../../tracker-wasm/corpus/${name}.txt`, import.meta.url), "utf8").trimEnd().split("\n");
const PERSONAL = lines("personal");
const HARMLESS = lines("harmless");
/** Telephone numbers that look like any other number: too short, or without a sign of what they are. */
const BARE = lines("bare");

/** The line without its marks. */
const plain = (line) => line.replace(/\{\{(.*?)\}\}/g, "$1");
/** What must be left of it. */
const expected = (line) => line.replace(/\{\{(.*?)\}\}/g, (_, marked) => (/@|%40|%2540|＠/.test(marked) ? "[email]" : "[phone]"));

function missed(corpus, act = scrub) {
  const wrong = corpus.filter((line) => act(plain(line)) !== expected(line));
  for (const line of wrong) console.log(`${plain(line)} became ${act(plain(line))}`);
  return wrong.length;
}

test("recall of personal lines", () => {
  const lost = missed(PERSONAL);
  const recall = 1 - lost / PERSONAL.length;
  console.log(`recall ${recall.toFixed(4)}: ${lost} of ${PERSONAL.length} lines missed`);
  assert.ok(recall >= 0.98, `recall ${recall}`);
});

test("false positives of harmless lines", () => {
  const changed = missed(HARMLESS);
  const rate = changed / HARMLESS.length;
  console.log(`false positives ${rate.toFixed(4)}: ${changed} of ${HARMLESS.length} lines changed`);
  assert.ok(rate <= 0.01, `false positives ${rate}`);
});

test("bare numbers need a word", () => {
  const stay = (line) => scrub(`tel. ${line}`) !== "tel. [phone]";
  const figures = (line) => line.match(/\d/g).length;
  const numbers = BARE.map(plain);
  const lost = numbers.filter(stay).length;
  console.log(`behind a word: ${lost} of ${numbers.length} stay`);
  assert.ok(lost <= numbers.filter((line) => figures(line) < 7).length + 1, "behind a word seven figures are enough");
});

test("JSON stays JSON, and its numbers stay", () => {
  for (const text of [...PERSONAL, ...HARMLESS].map(plain)) {
    for (const one of [text, `tab\t${text}\n"\\${text}\u0001${text}`]) {
      const clean = JSON.parse(scrubJson(JSON.stringify({ text: one, list: [one, 491701234567], phone: 2125550123 })));
      assert.equal(clean.phone, 2125550123);
      assert.equal(clean.list[1], 491701234567);
    }
  }
});

for (const [json, left] of [
  ['{"order_id":"0301234567","sku":"212-555-0123"}', '{"order_id":"0301234567","sku":"212-555-0123"}'],
  ['{"phone":"2125550123","to":"+49 170 1234567"}', '{"phone":"[phone]","to":"[phone]"}'],
  ['{"tel":{"home":["2125550123"]}}', '{"tel":{"home":["[phone]"]}}'],
  ['{"note":"a\\nann@mail.example","n":1}', '{"note":"a\\n[email]","n":1}'],
  ['{"ann@mail.example":3,"+491701234567":[4]}', '{"[email]":3,"[phone]":[4]}'],
  ['{"a":1700000000000.5,"b":+4912345678}', '{"a":1700000000000.5,"b":+4912345678}'],
  ['{"text":"\u{1f600} a%40b.example"}', '{"text":"\u{1f600} [email]"}'],
]) {
  test(`of ${json} is left ${left}`, () => assert.equal(scrubJson(json), left));
}

test("what was cleaned once is clean", () => {
  // Numerical Recipes' generator: the same texts on each run.
  let seed = 7;
  const random = (most) => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) >>> 8) % most;
  const letters = [..." 0123456789+-.()/@%abcxé٠٩\"\\", "%40", "+49", "00", "tel ", "mail.example"];
  for (let n = 0; n < 5_000; n++) {
    const text = Array.from({ length: random(30) }, () => letters[random(letters.length)]).join("");
    const once = scrub(text);
    assert.equal(scrub(once), once, text);
    JSON.parse(scrubJson(JSON.stringify(text)));
  }
});

test("long texts take no longer than their length", () => {
  const start = performance.now();
  for (const piece of ["a", "a.", "0", "0 ", "+", "(", "%41", "\\", "a@", "@a.", "٠", "tel "]) {
    scrub(piece.repeat(100_000 / piece.length));
    scrubJson(JSON.stringify({ a: piece.repeat(100_000 / piece.length), "+": "@" }));
  }
  assert.ok(performance.now() - start < 5_000, `${performance.now() - start} ms`);
});

for (const [url, told] of [
  ["https://s.example/a?utm_source=x&q=private&gclid=1&size=m&page=2", "https://s.example/a?utm_source=x&gclid=1&size=m&page=2"],
  ["https://s.example/a?q=private", "https://s.example/a"],
  ["https://s.example?q=private#top", "https://s.example#top"],
  ["https://s.example/?flag&size", "https://s.example/?size"],
  ["https://s.example/#/cart?step=2&size=m", "https://s.example/#/cart?size=m"],
  ["https://s.example/#access_token=s3cret&state=1", "https://s.example/#"],
  ["https://s.example/#reviews", "https://s.example/#reviews"],
  ["https://ann:secret@s.example/", "https://s.example/"],
  ["https://ann@bob@s.example/x", "https://s.example/x"],
  [
    "https://s.example/u/ann%40mail.example/x?utm_content=ann%2540mail.example",
    "https://s.example/u/[email]/x?utm_content=[email]",
  ],
  ["https://s.example/?size=https://ann@mail.example/", "https://s.example/?size=https://[email]/"],
  ["mailto:ann@mail.example?subject=hi", "mailto:[email]"],
  ["tel:+49-170-1234567", "tel:[phone]"],
  ["", ""],
  [`https://s.example/a?utm_source=${"x".repeat(5_000)}`, "https://s.example/a"],
  [`https://s.example/${"x".repeat(5_000)}`, `https://s.example/${"x".repeat(4_096 - 18)}`],
]) {
  test(`of ${url.slice(0, 80)} is told ${told.slice(0, 80)}`, () => assert.equal(clean(url, "size, page"), told));
}

for (const [from, to, same] of [
  ["https://s.example/a", "https://s.example/b", false],
  ["https://s.example/a", "https://s.example/a?size=m", false],
  ["https://s.example/a#/one", "https://s.example/a#/two", false],
  ["https://s.example/a", "https://s.example/a#reviews", true],
  ["https://s.example/a#top", "https://s.example/a", true],
  ["https://s.example/a", "https://s.example/a", true],
]) {
  test(`${from} and ${to} are ${same ? "one page" : "two pages"}`, () => assert.equal(isSame(from, to), same));
}

test("views are taken by path and route", () => {
  assert.equal(place("https://s.example/a?x=1#/cart?step=2"), place("https://s.example/a#/cart"));
  assert.notEqual(place("https://s.example/a#/cart"), place("https://s.example/a"));
  assert.equal(place("https://s.example/a#reviews"), place("https://s.example/a"));
});

test("ids that people chose make names", () => {
  for (const id of ["buy", "product-10234", "add_to_cart", "facade", "hero2", "größe", "deadbeef", "20261122"]) assert.ok(isChosen(id), id);
  for (const id of ["", ":r1:", "radix-3", "ember402", "item-9f86d081", "item_9F86D081", "550e8400-e29b-41d4-a716-446655440000", "«r0»"]) {
    assert.ok(!isChosen(id), id);
  }
});

test("classes that people wrote make names; hashes, states and utilities do not", () => {
  for (const name of ["card", "btn-primary", "card__title", "product-card--large", "addToCart", "col-6", "mt4", "navBar"]) assert.ok(isStable(name), name);
  const left = "css-1x2y3z sc-bdVaJa sc-abc _module__3Hx bdVaJa Button_root__3xK2a Button_root__xKzAb jss123 svelte-1a2b3c _3xK2a is-open active md:flex w-[10px] w-1/2 2xl";
  for (const name of ["", ...left.split(" ")]) assert.ok(!isStable(name), name);
});
