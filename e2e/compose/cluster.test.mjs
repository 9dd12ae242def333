// The profile cluster of compose.yaml beside the files that it mounts, and every profile's memory beside what the documentation says.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";

import { program } from "../stack/clickpath.mjs";

const root = new URL("../..", import.meta.url).pathname;
const read = (name) => readFileSync(join(root, name), "utf8");
const compose = parse(read("compose.yaml"), { merge: true });
const services = Object.entries(compose.services);
const cluster = Object.fromEntries(services.filter(([, { profiles }]) => profiles?.includes("cluster")));
const names = (prefix) => Object.keys(cluster).filter((name) => new RegExp(`^${prefix}-\\d`).test(name));

/** Services that `docker compose --profile cluster up cluster` starts. */
function started(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const other of Object.keys(compose.services[name].depends_on ?? {})) started(other, found);
  return found;
}

test("naming the service cluster starts all of the profile and nothing else", () => {
  assert.deepEqual([...started("cluster")].sort(), Object.keys(cluster).sort());
  assert.deepEqual(["clickhouse", "gateway", "keeper", "loader", "rabbitmq"].map((name) => names(name).length), [4, 2, 3, 2, 3]);
});

test("each of its services is pinned, watched, bounded and nobody's root", () => {
  for (const [name, service] of Object.entries(cluster)) {
    assert.match(service.image, /:\d+\.\d+/, name);
    assert.ok(service.mem_limit, name);
    assert.deepEqual(Object.keys(service.networks).length ? [].concat(service.networks.length ? service.networks : Object.keys(service.networks)) : [], ["cluster"], name);
    if (name !== "cluster-migrate") assert.ok(service.healthcheck && service.restart === "unless-stopped", name);
    // Our own image has a user of its own.
    if (!service.image.startsWith("clickpath:")) assert.match(service.user, /^[1-9]\d*:[1-9]\d*$/, name);
    for (const volume of service.volumes ?? []) {
      const [from] = volume.split(":");
      if (from.startsWith("./")) assert.ok(existsSync(join(root, from)), `${name} mounts ${from}`);
      else assert.ok(from in compose.volumes, `${name} keeps ${from}`);
    }
    assert.ok(!/change-me/.test(JSON.stringify(service)), name);
  }
  const kept = Object.values(cluster).flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(":")[0]).filter((from) => !from.startsWith("./")));
  assert.equal(new Set(kept).size, kept.length, "two services share a volume");
});

test("its programs set only environment variables that the binary reads", () => {
  for (const [name, service] of Object.entries(cluster).filter(([, { image }]) => image.startsWith("clickpath:"))) {
    const help = execFileSync(program, [...service.command, "--help"], { encoding: "utf8" });
    const known = new Set([...help.matchAll(/\[env: ([A-Z_]+)/g)].map(([, variable]) => variable));
    for (const variable of Object.keys(service.environment)) assert.ok(known.has(variable), `${name} sets ${variable}`);
  }
});

test("every node is where the others look for it", () => {
  const proxy = read("deploy/cluster/haproxy.cfg");
  const servers = [...proxy.matchAll(/^ +server (\S+) (\S+):(\d+) check$/gm)];
  assert.deepEqual(servers.map(([, name, host]) => [name, host]).sort(), [...names("gateway"), ...names("clickhouse")].map((name) => [name, name]).sort());
  for (const [, name, , port] of servers) assert.equal(port, name.startsWith("gateway") ? "8080" : "8123");

  const clickhouse = read("deploy/cluster/clickhouse/cluster.xml");
  const hosts = (xml) => [...xml.matchAll(/<host(?:name)?>([^<]+)</g)].map(([, host]) => host);
  const [keepers, replicas] = clickhouse.split("<remote_servers");
  assert.deepEqual(hosts(keepers), names("keeper"));
  assert.deepEqual(hosts(replicas), names("clickhouse"));
  assert.deepEqual(hosts(read("deploy/cluster/clickhouse/keeper.xml")), names("keeper"));
  const shards = replicas.split("<shard>").slice(1).map(hosts);
  for (const [index, shard] of shards.entries()) {
    for (const host of shard) {
      const { hostname, environment } = cluster[host];
      assert.deepEqual([hostname, environment.CLICKHOUSE_SHARD], [host, `${index + 1}`]);
      assert.equal(host, `clickhouse-${environment.CLICKHOUSE_SHARD}${environment.CLICKHOUSE_REPLICA}`);
    }
  }
  for (const name of names("keeper")) assert.equal(`keeper-${cluster[name].environment.KEEPER_ID}`, cluster[name].hostname);

  const nodes = [...read("deploy/cluster/rabbitmq.conf").matchAll(/nodes\.\d = rabbit@(\S+)/g)].map(([, node]) => node);
  assert.deepEqual(nodes, names("rabbitmq"));
  for (const program of [...names("gateway"), ...names("loader")]) {
    const { CLICKPATH_AMQP_URL, CLICKHOUSE_URL } = cluster[program].environment;
    assert.deepEqual([...CLICKPATH_AMQP_URL.matchAll(/@(rabbitmq-\d):5672\/%2f/g)].map(([, node]) => node), nodes, program);
    assert.equal(CLICKHOUSE_URL, "http://cluster:8123");
  }
});

test("gateways believe the proxy and nobody else", () => {
  const address = cluster.cluster.networks.cluster.ipv4_address;
  const [subnet] = compose.networks.cluster.ipam.config;
  assert.ok(subnet.subnet.startsWith(address.slice(0, address.lastIndexOf("."))));
  for (const name of names("gateway")) assert.equal(cluster[name].environment.CLICKPATH_TRUSTED_PROXIES, `${address}/32`);
  const proxy = read("deploy/cluster/haproxy.cfg");
  assert.match(proxy, /option forwardfor/);
  assert.match(proxy, /del-header Forwarded/);
  assert.deepEqual(Object.entries(cluster).filter(([, { ports }]) => ports).map(([name]) => name), ["cluster"]);
});

test("every secret of the cluster is in .env.example, and the mounted files read no other", () => {
  const example = read(".env.example");
  const variables = [...read("compose.yaml").matchAll(/\$\{([A-Z_]+)/g)].map(([, variable]) => variable);
  for (const variable of new Set(variables)) {
    if (variable !== "CLICKPATH_PULL_API") assert.match(example, new RegExp(`^${variable}=`, "m"), variable);
  }
  for (const [file, node] of [["cluster.xml", "clickhouse-1a"], ["users.xml", "clickhouse-1a"], ["keeper.xml", "keeper-1"]]) {
    for (const [, variable] of read(`deploy/cluster/clickhouse/${file}`).matchAll(/from_env="(\w+)"/g)) {
      assert.ok(variable in cluster[node].environment, `${file} reads ${variable}`);
    }
  }
});

const MEGABYTES = { m: 1, g: 1024 };
const megabytes = (limit) => Number(limit.slice(0, -1)) * MEGABYTES[limit.at(-1)];

test("every profile takes the memory that docs/deployment.md says", () => {
  const profiles = new Map();
  for (const [name, { mem_limit, profiles: of = ["base"] }] of services) {
    assert.ok(mem_limit, `${name} has no limit`);
    for (const profile of of) profiles.set(profile, (profiles.get(profile) ?? 0) + megabytes(mem_limit));
  }
  const rows = [...read("docs/deployment.md").matchAll(/^\| `(\w+)` \| ([\d,]+) MB \|/gm)];
  const told = new Map(rows.map(([, profile, limit]) => [profile, Number(limit.replace(",", ""))]));
  assert.deepEqual(Object.fromEntries([...told].sort()), Object.fromEntries([...profiles].sort()));
});
