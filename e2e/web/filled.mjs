// A running clickpath with a month of made-up visits in it, the same each time but for the days.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { program, startClickpath } from "../stack/clickpath.mjs";
import { waitFor } from "../stack/wait.mjs";

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
  const isThere = async () => {
    const [{ rows, users, known_users, sessions, known_sessions, orders, known_orders, outcomes, known_outcomes }] = await clickpath.query(ARRIVED);
    return rows >= sent && users === known_users && sessions === known_sessions && orders === known_orders && outcomes === known_outcomes;
  };
  await waitFor("the rows", isThere, 60_000);
  return { ...clickpath, origin };
}

/** A row is in `events` a moment before the views have brought it into the marts. */
const ARRIVED = `SELECT
    uniqExact(id) AS rows,
    uniqExactIf(user_id, type != 'server' AND user_id != '') AS users, (SELECT uniqExactIf(user_id, user_id != '') FROM daily_users) AS known_users,
    uniqExact(session_id) AS sessions, (SELECT uniqExact(session_id) FROM sessions) AS known_sessions,
    uniqExactIf(order_id, order_id != '') AS orders, (SELECT uniqExact(order_id) FROM orders_fact) AS known_orders,
    uniqExactIf(id, status != '') AS outcomes, (SELECT uniqExact(id) FROM outcomes) AS known_outcomes
  FROM events`;

const MONTH = [
  ["--span", "59d", "--count", "20000", "--seed", "1"],
  ["--span", "5d", "--count", "4000", "--seed", "2", "--scenario", "payment_incident"],
  ["--span", "2h", "--count", "800", "--seed", "3"],
];
