// Schemathesis, a client made of the OpenAPI document alone, asks every operation for what the document promises: valid and broken
// requests, methods that are not there, keys that are missing. The same cases each time.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { program, startClickpath } from "../stack/clickpath.mjs";

// Made by `cargo xtask setup` from e2e/requirements.txt.
const schemathesis = new URL("../.venv/bin/schemathesis", import.meta.url).pathname;
const checks = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
  "negative_data_rejection",
  "unsupported_method",
  "ignored_auth",
];

let folder, key, clickpath;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "clickpath-openapi-"));
  const file = join(folder, "keys.toml");
  const scopes = ["--scope", "admin", "--scope", "ingest"];
  key = execFileSync(program, ["key", "new", "--name", "schemathesis", ...scopes, "--append-to", file], { encoding: "utf8" }).trim();
  clickpath = await startClickpath({
    CLICKPATH_KEYS_FILE: file,
    CLICKPATH_RATE_READS_PER_SECOND: "0",
    CLICKPATH_RATE_WRITES_PER_SECOND: "0",
    CLICKPATH_EXPECT_LONGEST_MS: "20",
  });
});

after(async () => {
  assert.equal(await clickpath?.stop(), 0, "clickpath did not end in order");
  rmSync(folder, { recursive: true, force: true });
});

test("the gateway keeps what its OpenAPI document says", async () => {
  const gateway = new URL(clickpath.events).origin;
  const report = await run(`${gateway}/openapi.json`);
  assert.equal(report.code, 0, report.output);
  const cases = Number(/(\d+) generated/.exec(report.output)?.[1]);
  assert.ok(cases > 500, `only ${cases} cases: ${report.output}`);
  console.log(`schemathesis: ${cases} cases`);
});

/** Exit code and output; without colours, and with a bound on time. */
function run(document) {
  const options = ["--checks", checks.join(","), "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "6"];
  // Their answers never end: gateway/tests/it has tests of them.
  const endless = ["watchLive", "watchEvents"].flatMap((operation) => ["--exclude-operation-id", operation]);
  // Its threads trip over each other in Python 3.11's parser.
  const manner = ["--generation-deterministic", "--workers", "1", "--no-color", "--warnings", "off"];
  const child = spawn(schemathesis, ["run", document, "--header", `Authorization: Bearer ${key}`, ...options, ...endless, ...manner], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 150_000,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
