// What the dashboard calls unusual, over numbers made by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { longBefore, wasThere } from "../../web/dashboard/period.js";
import { busiest, highestRun, highestShare, isOther, isOver } from "../../web/dashboard/stretch.js";

const repeat = (times, ...values) => Array.from({ length: times }, () => values).flat();
const payments = { least: 10, level: 1 / 7, times: 2 };

test("a share that rises for a while is found with its borders and what is usual", () => {
  const wholes = repeat(40, 10);
  const parts = wholes.map((_, place) => (place >= 24 && place < 30 ? 7 : place % 2));
  const found = highestShare(parts, wholes, payments);
  assert.deepEqual([found.first, found.last, found.part, found.whole, found.share], [24, 29, 42, 60, 0.7]);
  assert.equal(found.usual, 17 / 340);
  assert.equal(highestShare(parts, wholes, { ...payments, since: 30 }), undefined, "what was before the period is its usual");
});

test("one that began before the period is told from its beginning", () => {
  const wholes = repeat(60, 10);
  const parts = wholes.map((_, place) => (place >= 24 && place < 36 ? 7 : place % 2));
  const found = highestShare(parts, wholes, { ...payments, since: 30 });
  assert.deepEqual([found.first, found.last], [24, 35]);
  const over = parts.map((part, place) => (place < 30 ? part : place % 2));
  assert.equal(highestShare(over, wholes, { ...payments, since: 30 }), undefined, "it was over");
});

test("two shares differ where chance hardly makes it so", () => {
  const of = (part, whole) => ({ part, whole });
  assert.ok(!isOther(of(4, 19), of(1, 24)));
  assert.ok(isOther(of(40, 190), of(10, 240)));
  assert.ok(!isOther(of(40, 190), of(10, 240), 10), "ten at a time");
  assert.ok(!isOver(of(8, 50), 1 / 7));
  assert.ok(isOver(of(25, 50), 1 / 7));
  assert.ok(!isOver(of(25, 50), 1 / 7, 10));
});

test("a site was there where it was visited before the period before, or soon after its beginning", () => {
  const begins = Date.parse("2026-11-01T00:00:00Z");
  const after = (hours) => new Date(begins + hours * 3_600_000);
  assert.ok(!wasThere(undefined, begins, { days: 7 }));
  assert.deepEqual([-100, 6.9, 7.1, 100].map((hours) => wasThere(after(hours), begins, { days: 7 })), [true, true, false, false]);
  assert.deepEqual([0.9, 1.1].map((hours) => wasThere(after(hours), begins, { days: 1 })), [true, false]);
  assert.equal(longBefore({ previousFirst: "2026-11-08", days: 7 }), "2026-11-01");
  assert.equal(longBefore({ previousFirst: "2024-11-22", days: 400 }), "2023-12-27", "331 days: the gateway answers 731 at once");
});

test("a few bad cases among few are no finding", () => {
  assert.equal(highestShare(repeat(10, 0, 0, 1), repeat(10, 1, 0, 1), payments), undefined, "half of twenty, spread");
  assert.equal(highestShare([0, 0, 3, 0], [4, 4, 3, 4], payments), undefined, "three of three");
  assert.equal(highestShare(repeat(30, 4), repeat(30, 10), payments), undefined, "always so");
  const slightly = repeat(40, 200).map((part, place) => (place > 30 ? 300 : part));
  assert.equal(highestShare(slightly, repeat(40, 1_000), payments), undefined, "certain, and not twice as often");
  assert.equal(highestShare([], [], payments), undefined);
  const [parts, wholes] = [repeat(40, 0).with(30, 25), repeat(40, 90)];
  assert.ok(highestShare(parts, wholes, { ...payments, level: 0.1 }));
  assert.equal(highestShare(parts, wholes, { ...payments, level: 0.1, fewest: 26 }), undefined, "25 hits");
  assert.equal(highestShare(parts, wholes, { ...payments, level: 0.1, together: 25 }), undefined, "one bot's visit");
});

test("a busy stretch is one against its time of the day, and not against the night", () => {
  const day = [2, 4, 20, 30, 20, 6];
  const calm = repeat(10, ...day);
  assert.equal(busiest(calm, 6, { least: 40, times: 2.5 }), undefined, "every day is so");
  const rush = calm.map((count, place) => (place >= 50 && place < 53 ? 8 * count : count));
  const found = busiest(rush, 6, { least: 40, times: 2.5 });
  assert.deepEqual([found.first, found.last, found.count], [50, 52, 8 * (20 + 30 + 20)]);
  assert.equal(Math.round(found.usual), 70);
});

test("a site that has just begun has no spike", () => {
  assert.equal(busiest([...repeat(8, 0, 0, 0), 50, 80, 50, 60, 70, 60], 3, { least: 40, times: 2.5 }), undefined, "two days");
  const third = [...repeat(8, 0, 0, 0), ...repeat(4, 50, 80, 50)];
  assert.equal(busiest(third, 3, { least: 40, times: 2.5 }), undefined, "days of nothing are no usual days");
});

test("a slow stretch is a run of slow steps, whatever few measurements say between", () => {
  const values = [...repeat(20, 300), 1_800, 1_700, 9_000, 1_900, ...repeat(10, 310)];
  const wholes = values.map((value) => (value === 9_000 ? 1 : 50));
  assert.deepEqual(highestRun(values, wholes, { least: 5, inAll: 40, times: 2 }), { first: 20, last: 23, value: 1_800, usual: 300 });
  assert.equal(highestRun(repeat(10, 300, 400), repeat(10, 50, 50), { least: 5, inAll: 40, times: 2 }), undefined);
  assert.equal(highestRun([300, 300, 300, 900], [50, 50, 50, 30], { least: 5, inAll: 40, times: 2 }), undefined, "thirty answers");
  assert.equal(highestRun([null, null], [0, 0], { least: 5, inAll: 40, times: 2 }), undefined);
});
