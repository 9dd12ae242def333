// Prometheus' files by themselves: their syntax, a case for every alert, and what the documentation says about each.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";

import { alerts, cases, documented, folder, metricOf, operations, series } from "./rules.mjs";

const promtool = (...words) => promisify(execFile)("promtool", words, { cwd: folder });

test("promtool finds no fault, and every alert comes and goes in its case", async () => {
  await promtool("check", "config", "prometheus.yml");
  await promtool("test", "rules", "rules.test.yml");
  for (const { alert } of alerts) {
    const moments = cases.tests.flatMap(({ alert_rule_test = [] }) => alert_rule_test).filter(({ alertname }) => alertname === alert);
    const raised = moments.map(({ exp_alerts }) => exp_alerts.length > 0);
    assert.deepEqual(raised, [false, true, false], `${alert} is not shown silent, raised and silent again`);
  }
});

test("every alert says what to do, and nothing else is said to be one", () => {
  const section = operations.split("\n## ").find((text) => text.startsWith("Alerts\n"));
  const told = section.match(/^### .*$/gm).map((heading) => heading.slice(4));
  assert.deepEqual([...told].sort(), alerts.map(({ alert }) => alert).sort());
  for (const { alert, annotations } of alerts) assert.equal(annotations.runbook_url, `docs/operations.md#${alert.toLowerCase()}`);
});

test("every scenario of the generator has its alert", async () => {
  const source = await readFile(new URL("../../generator/src/scenario.rs", import.meta.url), "utf8");
  const snake = (name) => name.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
  const scenarios = alerts.flatMap(({ labels }) => labels.scenario ?? []);
  assert.deepEqual(scenarios, ["traffic_spike", "bot_attack", "payment_incident", "slow_app"]);
  const known = source.match(/^ {4}[A-Z]\w+,$/gm).map((line) => snake(line.trim().slice(0, -1)));
  for (const scenario of scenarios) assert.ok(known.includes(scenario), `${scenario} is none of ${known}`);
});

test("every metric in rules is in the table, and every metric in the table is in the programs", async () => {
  const own = series.filter((name) => /^(clickpath|process)_/.test(name));
  assert.ok(own.length > 20);
  for (const name of own) assert.ok(documented.includes(metricOf(name)), `${name} is not in docs/operations.md`);
  const sources = (await Promise.all(["gateway/src", "loader/src"].map(text))).join("\n");
  for (const name of documented) {
    const registered = name.replace(/^clickpath_loader_/, "").replace(/_(total|info)$/, "");
    const names = [registered, registered.replace(/_(seconds|bytes)$/, "")];
    assert.ok(names.some((each) => sources.includes(`"${each}"`)), `${name} is in docs/operations.md, but nobody registers it`);
  }
});

async function text(directory) {
  const root = new URL(`../../${directory}/`, import.meta.url);
  const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith(".rs"));
  return (await Promise.all(names.map((name) => readFile(new URL(name, root), "utf8")))).join("\n");
}
