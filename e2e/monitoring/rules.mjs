// The files of deploy/prometheus and what docs/operations.md says about them.
import { readFile } from "node:fs/promises";
import { parse } from "yaml";

export const folder = new URL("../../deploy/prometheus/", import.meta.url);
const read = async (name) => parse(await readFile(new URL(name, folder), "utf8"));

export const rules = await read("rules.yml");
export const cases = await read("rules.test.yml");
export const configuration = await read("prometheus.yml");
export const operations = await readFile(new URL("../../docs/operations.md", import.meta.url), "utf8");

export const allRules = rules.groups.flatMap((group) => group.rules);
export const alerts = allRules.filter(({ alert }) => alert);

/** Names of the series that expressions read, without those that rules record. */
export const series = [
  ...new Set(allRules.flatMap(({ expr }) => expr.match(/\b(?:clickpath_|process_|rabbitmq_|ClickHouse)\w+/g) ?? [])),
].sort();

/** Names in the first column of the table of metrics, without labels. */
export const documented = operations.match(/^\| `(?:clickpath|process)_[^`]*`/gm).map((cell) => cell.match(/`(\w+)/)[1]);

/** A histogram's series have endings that its name in the table has not. */
export const metricOf = (name) => (documented.includes(name) ? name : name.replace(/_(bucket|count|sum)$/, ""));
