// The types that ship hold a page's code to what the tracker takes.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";

const here = (path) => new URL(path, import.meta.url).pathname;
/** With no types but those that ship: not with what packages of the tests have. */
const compile = (file) =>
  promisify(execFile)(here("../node_modules/.bin/tsc"), ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom", "--typeRoots", here("types"), here(file)])
    .then(() => "", ({ stdout }) => stdout);

test("types take what the tracker takes", async () => assert.equal(await compile("types/good.ts"), ""));

test("each wrong call is refused", async () => {
  const complaints = await compile("types/bad.ts");
  const lines = [...complaints.matchAll(/bad\.ts\((\d+),/g)].map(([, line]) => Number(line));
  const calls = (await readFile(here("types/bad.ts"), "utf8")).trimEnd().split("\n").length;
  assert.deepEqual([...new Set(lines)], Array.from({ length: calls - 1 }, (_, index) => index + 2), complaints);
});
