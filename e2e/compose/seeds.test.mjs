// docs/seeds.md names commands of ours for those of the seeds: each of them is there.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";

import { program } from "../stack/clickpath.mjs";

const root = new URL("../..", import.meta.url).pathname;
const read = (name) => readFileSync(join(root, name), "utf8");
const page = read("docs/seeds.md");
const [, commands] = page.split("\n## Commands\n");
const rows = [...commands.split("\n## ")[0].matchAll(/^\| (00\d) \| (.*) \| (.*) \|$/gm)].map(([, seed, its, here]) => ({ seed, its, here }));
/** Code of a cell, without what is quoted of others. */
const code = (text) => [...text.matchAll(/`([^`]+)`/g)].map(([, words]) => words);
const ours = [...page.matchAll(/(?<![\w/.=-])clickpath (?!gateway|up\b.*&$)([a-z][\w -]*[^`\n|\\]*)/g)].map(([words]) => words);

test("every seed has its rows", () => {
  assert.deepEqual([...new Set(rows.map(({ seed }) => seed))], ["000", "001", "002", "003", "004"]);
  for (const target of ["up", "down", "generate-data", "load-nosql", "init-ch", "run-producer", "init-grafana"]) {
    assert.ok(rows.some(({ seed, its }) => seed === "003" && its.includes(`\`make ${target}\``)), `make ${target}`);
  }
});

test("every make target is in the Makefile", () => {
  const targets = [...read("Makefile").matchAll(/^([a-z-]+):/gm)].map(([, target]) => target);
  const named = [...page.matchAll(/\bmake ([a-z-]+)/g)].map(([, target]) => target).filter((target) => target !== "views");
  assert.ok(named.length >= 7);
  for (const target of named) assert.ok(targets.includes(target), `make ${target}`);
});

test("every command and option is one of the binary's", () => {
  assert.ok(ours.length >= 10, `${ours}`);
  for (const command of ours) {
    const words = command.replace(/["'].*$/, "").trim().split(/\s+/).slice(1);
    const options = words.filter((word) => word.startsWith("--")).map((word) => word.replace(/[=.,;:)]+.*$/, ""));
    const sub = words.slice(0, words.findIndex((word) => !/^[a-z][a-z-]*$/.test(word)) >>> 0);
    // `publish stores products`: what follows is an argument.
    let help;
    for (let length = Math.min(2, sub.length); length > 0; length -= 1) {
      help = spawnSync(program, [...sub.slice(0, length), "--help"], { encoding: "utf8" });
      if (help.status === 0) break;
    }
    assert.equal(help?.status, 0, `${command}: ${help?.stderr}`);
    for (const option of options) assert.match(help.stdout, new RegExp(`${option}\\b`), command);
  }
});

test("every service, variable, path and file is there", () => {
  const { services } = parse(read("compose.yaml"), { merge: true });
  for (const [, service] of page.matchAll(/docker compose run --rm (\w+)/g)) assert.ok(service in services, service);
  const variables = rows.flatMap(({ its }) => code(its)).flatMap((words) => [...words.matchAll(/^([A-Z_]+)=/g)].map(([, name]) => name));
  for (const variable of variables) assert.match(read("compose.yaml"), new RegExp(`^ +${variable}:`, "m"), variable);
  const { paths } = JSON.parse(read("gateway/openapi.json"));
  const addresses = rows.flatMap(({ its }) => code(its)).filter((words) => /^(GET|POST) \//.test(words));
  assert.ok(addresses.length >= 7);
  for (const address of addresses) {
    const [method, path] = address.split(" ");
    const known = Object.entries(paths).find(([name]) => name.replace(/\{\w+\}$/, "").replace(/\/$/, "") === path.replace(/\/$/, ""));
    assert.ok(known && method.toLowerCase() in known[1], address);
  }
  for (const [file] of page.matchAll(/data\/samples\/[\w.-]+\w/g)) assert.ok(existsSync(join(root, file)), file);
});
