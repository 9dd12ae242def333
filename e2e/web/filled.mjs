// A running clickpath with a month of made-up visits in it, the same each time but for the days.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startClickpath } from "../stack/clickpath.mjs";
import { waitFor } from "../stack/wait.mjs";

const program = new URL("../../target/debug/clickpath", import.meta.url).pathname;
const TRUSTED_KEY = "trusted-key-of-the-tests";

/** `traffic` are runs of `clickpath generate`, each a list of its options; `settings` are further environment variables. */
export async function startFilled({ settings = {}, traffic = MONTH } = {}) {
  const clickpath = await startClickpath({ CLICKPATH_TRUSTED_KEY: TRUSTED_KEY, ...settings });
  const origin = new URL(clickpath.dashboard).origin;
  for (const options of traffic) {
    const common = ["generate", "--gateway-url", origin, "--batch", "500", "--trusted-key", TRUSTED_KEY];
    await promisify(execFile)(program, [...common, ...options]);
  }
  const sent = traffic.reduce((sum, options) => sum + Number(options[options.indexOf("--count") + 1]), 0);
  await waitFor("the rows", async () => Number((await clickpath.query("SELECT count() AS rows FROM events"))[0].rows) >= sent, 30_000);
  return { ...clickpath, origin };
}

const MONTH = [
  ["--span", "59d", "--count", "20000", "--seed", "1"],
  ["--span", "5d", "--count", "4000", "--seed", "2", "--scenario", "payment_incident"],
  ["--span", "2h", "--count", "800", "--seed", "3"],
];
