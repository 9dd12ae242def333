// The Kubernetes files render, are valid by Kubernetes' own schemas, and set only what the binary reads.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";

import { program } from "../stack/clickpath.mjs";

const root = new URL("../..", import.meta.url).pathname;
const folder = join(root, "deploy/kubernetes");
/** The oldest and the newest that the files are meant for. */
const versions = ["1.30", "1.37"];

const rendered = ["", "generator"].map((part) => execFileSync("kubectl", ["kustomize", join(folder, part)], { encoding: "utf8" })).join("\n---\n");
const resources = parseAllDocuments(rendered).map((document) => document.toJS());
const workloads = resources.filter(({ kind }) => ["StatefulSet", "Job"].includes(kind));
const containers = workloads.map(({ spec }) => spec.template.spec.containers[0]);

function validate(text, version) {
  const file = join(mkdtempSync(join(tmpdir(), "clickpath-kubernetes-")), "all.yaml");
  writeFileSync(file, text);
  const validator = join(root, "e2e/.venv/bin/kubernetes-validate");
  return spawnSync(validator, ["--strict", "--kubernetes-version", version, file], { encoding: "utf8" });
}

for (const version of versions) {
  test(`resources are valid by the schemas of Kubernetes ${version}`, () => {
    const { status, stdout, stderr } = validate(rendered, version);
    assert.equal(status, 0, stdout + stderr);
  });
}

test("validator notices a misspelt key", () => {
  assert.notEqual(validate(rendered.replace("readinessProbe", "readynessProbe"), versions[1]).status, 0);
});

test("the parts are there", () => {
  const names = resources.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  for (const name of ["StatefulSet/gateway", "StatefulSet/loader", "Job/migrate", "Job/generator", "HorizontalPodAutoscaler/gateway", "NetworkPolicy/nothing-else"]) {
    assert.ok(names.includes(name), name);
  }
});

test("containers set only environment variables that the binary reads", () => {
  const settings = resources.find(({ kind, metadata }) => kind == "ConfigMap" && metadata.name.startsWith("settings")).data;
  for (const { name, args, env, envFrom } of containers) {
    const help = execFileSync(program, [...args, "--help"], { encoding: "utf8" });
    const known = new Set([...help.matchAll(/\[env: ([A-Z_]+)/g)].map(([, variable]) => variable));
    const own = env.map((variable) => variable.name);
    // Parts of another variable's value.
    const parts = JSON.stringify(env).match(/\$\(([A-Z_]+)\)/g) ?? [];
    for (const variable of own) {
      assert.ok(known.has(variable) || parts.includes(`$(${variable})`), `${name} sets ${variable}, which it does not read`);
    }
    for (const part of parts) {
      const variable = part.slice(2, -1);
      assert.ok(own.includes(variable) || (envFrom && variable in settings), `${name} does not know ${variable}`);
    }
  }
});

test("every key of the secret is in its example", () => {
  const example = readFileSync(join(folder, "secret.example.env"), "utf8");
  for (const [, key] of JSON.stringify(containers).matchAll(/"secretKeyRef":\{"name":"clickpath","key":"(\w+)"/g)) {
    assert.match(example, new RegExp(`^${key}=`, "m"), key);
  }
});

test("pods run without rights, and end before they are killed", () => {
  for (const { metadata, spec } of workloads) {
    const pod = spec.template.spec;
    assert.equal(pod.automountServiceAccountToken, false, metadata.name);
    assert.equal(pod.securityContext.runAsNonRoot, true, metadata.name);
    const { securityContext, resources } = pod.containers[0];
    assert.equal(securityContext.readOnlyRootFilesystem, true, metadata.name);
    assert.equal(securityContext.allowPrivilegeEscalation, false, metadata.name);
    assert.deepEqual(securityContext.capabilities, { drop: ["ALL"] }, metadata.name);
    assert.ok(resources.limits.memory && resources.requests.cpu, metadata.name);
    // The program's own grace is 20 s.
    if (spec.serviceName) assert.ok(pod.terminationGracePeriodSeconds > 20, metadata.name);
  }
});

test("services, probes and policies name ports and pods that exist", () => {
  const labels = workloads.map(({ spec }) => spec.template.metadata.labels);
  const selects = (selector) => labels.some((label) => Object.entries(selector).every(([key, value]) => label[key] == value));
  for (const { kind, metadata, spec } of resources) {
    const selector = kind == "Service" ? spec.selector : spec?.podSelector?.matchLabels;
    if (selector) assert.ok(selects(selector), `${kind}/${metadata.name}`);
  }
  for (const { name, ports, startupProbe, livenessProbe, readinessProbe } of containers.filter(({ ports }) => ports)) {
    for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
      assert.ok(ports.some((port) => port.name == probe.httpGet.port), name);
    }
  }
});
