// Runs the composed system, `clickpath up`, on free ports and in a folder of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The benches of a release build name another. */
export const program = process.env.CLICKPATH_PROGRAM ?? new URL("../../target/debug/clickpath", import.meta.url).pathname;
// Where `cargo xtask fetch` puts its files.
const cache = process.env.CLICKPATH_CACHE_DIR ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "clickpath");
export const geoipFile = join(cache, "geoip/geo-whois-asn-country.mmdb");

/**
 * Starts the system; `settings` are further environment variables, `log` hears what it writes to standard error. Resolves when it has printed
 * its addresses.
 */
export async function startClickpath(settings = {}, log) {
  const folder = await mkdtemp(join(tmpdir(), "clickpath-e2e-"));
  const child = spawn(program, ["up"], {
    env: {
      ...process.env,
      CLICKPATH_LISTEN: "127.0.0.1:0",
      CLICKPATH_WAREHOUSE_LISTEN: "127.0.0.1:0",
      CLICKPATH_WAREHOUSE_DIR: join(folder, "clickhouse"),
      CLICKPATH_QUEUE_DIR: join(folder, "queue"),
      CLICKPATH_TRUSTED_KEY_FILE: join(folder, "trusted.key"),
      CLICKPATH_LOADER_DIR: join(folder, "loader"),
      CLICKPATH_GEOIP_FILE: geoipFile,
      CLICKPATH_LOG: "warn",
      ...settings,
    },
    stdio: ["ignore", "pipe", log ? "pipe" : "inherit"],
  });
  if (log) child.stderr.setEncoding("utf8").on("data", log);
  const addresses = await readAddresses(child);
  return {
    ...addresses,
    query: (sql, parameters) => query(addresses.clickhouse, sql, parameters),
    /** Asks for an orderly end, as Ctrl-C does, and resolves to the exit code. */
    async stop() {
      if (child.exitCode === null) {
        const exit = Promise.all([once(child, "exit"), log && once(child.stderr, "close")]);
        child.kill("SIGTERM");
        await exit;
      }
      await rm(folder, { recursive: true, force: true });
      return child.exitCode;
    },
  };
}

/** Lines such as `shop       http://127.0.0.1:8080/shop/`, ended by the line that begins with `stop`. */
async function readAddresses(child) {
  const addresses = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [name, address] = line.split(/\s+/);
    if (name === "stop") return addresses;
    addresses[name] = address;
  }
  throw new Error("clickpath ended before it printed its addresses; its message is above");
}

/** Rows of a query as objects. Parameters are ClickHouse's: `{site:String}` in the text, `site` here. */
async function query(clickhouse, sql, parameters = {}) {
  const address = new URL(clickhouse);
  address.searchParams.set("database", "clickpath");
  address.searchParams.set("output_format_json_quote_64bit_integers", "0");
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(`param_${name}`, value);
  const answer = await fetch(address, { method: "POST", body: `${sql} FORMAT JSONEachRow` });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}
