// The compose file is well-formed by the Compose specification, and sets only what the binary reads.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";

import { program } from "../stack/clickpath.mjs";

const root = new URL("../..", import.meta.url).pathname;
const text = readFileSync(join(root, "compose.yaml"), "utf8");

function lint(file) {
  const linter = join(root, "e2e/node_modules/.bin/dclint");
  return spawnSync(linter, ["--config", join(root, ".dclintrc.yaml"), "--max-warnings", "0", file], { encoding: "utf8" });
}

test("compose file passes the linter", () => {
  const { status, stdout, stderr } = lint(join(root, "compose.yaml"));
  assert.equal(status, 0, stdout + stderr);
});

test("linter notices a misspelt key", () => {
  const broken = join(mkdtempSync(join(tmpdir(), "clickpath-compose-")), "compose.yaml");
  writeFileSync(broken, text.replace("depends_on:", "depend_on:"));
  assert.notEqual(lint(broken).status, 0);
});

test("services set only environment variables that the binary reads", () => {
  // Those of the profile cluster are looked at in cluster.test.mjs.
  const base = Object.entries(parse(text, { merge: true }).services).filter(([, { profiles }]) => !profiles?.includes("cluster"));
  const services = base.filter(([, service]) => service.image.startsWith("clickpath:"));
  assert.deepEqual(services.map(([name]) => name).sort(), ["entities", "etl", "gateway", "generator", "grafana-ready", "loader", "metabase-dashboards", "migrate", "store-api", "superset-dashboards"]);
  for (const [name, service] of services) {
    const help = execFileSync(program, [...service.command, "--help"], { encoding: "utf8" });
    const known = new Set([...help.matchAll(/\[env: ([A-Z_]+)/g)].map(([, variable]) => variable));
    for (const variable of Object.keys(service.environment)) {
      assert.ok(known.has(variable), `${name} sets ${variable}, which clickpath ${service.command.join(" ")} does not read`);
    }
  }
});

test("every variable without a default is in .env.example", () => {
  const example = readFileSync(join(root, ".env.example"), "utf8");
  for (const [, variable] of text.matchAll(/\$\{([A-Z_]+):\?/g)) {
    assert.match(example, new RegExp(`^${variable}=`, "m"), variable);
  }
});
