// The contract's corpus, decoded and validated inside a browser.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";

const root = new URL("../../", import.meta.url);
// The folder of the test in event/tests/it/wasm.rs, which builds the same module for Node.
const target = new URL("target/tmp/wasm/", root);

/** The module of event/examples/verdicts.rs leaves its text in memory between 32 bytes of 2 and 32 of 3. */
async function verdictsOf(page, bytes) {
  return page.evaluate(async (text) => {
    const { instance } = await WebAssembly.instantiate(Uint8Array.fromBase64(text));
    instance.exports.main(0, 0);
    const memory = new Uint8Array(instance.exports.memory.buffer);
    const mark = (byte, from) => {
      for (let at = from, run = 0; at < memory.length; at++) {
        run = memory[at] === byte ? run + 1 : 0;
        if (run === 32) return at + 1;
      }
      throw new Error("the module left no verdicts");
    };
    const start = mark(2, 0);
    return new TextDecoder().decode(memory.slice(start, mark(3, start) - 32));
  }, bytes.toString("base64"));
}

/** Each body gets in the page's browser the verdict that is written beside it. */
export async function assertVerdicts(page) {
  const words = "build --quiet --package event --example verdicts --target wasm32-unknown-unknown --target-dir".split(" ");
  execFileSync("cargo", [...words, target.pathname], { cwd: root.pathname });
  const module = await readFile(new URL("wasm32-unknown-unknown/debug/examples/verdicts.wasm", target));
  const found = await verdictsOf(page, module);

  const names = [];
  for (const folder of ["accepted", "refused"]) {
    for (const file of await readdir(new URL(`event/corpus/${folder}/`, root))) {
      if (file.endsWith(".expected.json")) names.push(`${folder}/${file.slice(0, -".expected.json".length)}`);
    }
  }
  assert.ok(names.length > 50, `${names.length} bodies`);
  const parts = found.split(/^((?:accepted|refused)\/\w+)\n/m).slice(1);
  const verdicts = new Map();
  for (let at = 0; at < parts.length; at += 2) verdicts.set(parts[at], parts[at + 1]);
  assert.deepEqual([...verdicts.keys()].sort(), names.sort());
  for (const name of names) {
    assert.equal(verdicts.get(name), await readFile(new URL(`event/corpus/${name}.expected.json`, root), "utf8"), name);
  }
}
