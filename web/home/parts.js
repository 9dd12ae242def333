// The state of each part, asked again and again while the page is looked at.
import { ApiError, request } from "../lib/api.js";
import { count } from "../lib/format.js";

const PAUSE_MS = 3_000;
/** A loader that is fine says so every few seconds. */
const LATE_MS = 120_000;

export function watchParts(list) {
  const look = async () => {
    if (!document.hidden) await ask(list);
    setTimeout(look, PAUSE_MS);
  };
  look();
}

async function ask(list) {
  const [health, ledger] = await Promise.all([readiness(), books()]);
  if (health.error) {
    for (const part of ["gateway", "queue", "warehouse"]) show(list, part, "bad", "away", health.error);
  } else {
    const { queue, spool, warehouse } = health.components;
    show(list, "gateway", queue === "ready" ? "good" : "warn", queue === "ready" ? "ready" : "puts senders off");
    const waits = spool?.groups > 0;
    show(list, "queue", queue !== "ready" ? "bad" : waits ? "warn" : "good", queue !== "ready" ? "unavailable" : waits ? "on this disk" : "ready", waits ? `${count(spool.groups)} messages wait on this machine for the broker` : undefined);
    show(list, "warehouse", warehouse === "ready" ? "good" : "bad", warehouse === "ready" ? "ready" : "unavailable");
  }
  showBooks(list, ledger);
}

function showBooks(list, { error, settled_until: settled, totals }) {
  if (error) {
    for (const part of ["loader", "ledger"]) show(list, part, "warn", "not known", error);
    return;
  }
  const late = settled ? Date.now() - Date.parse(settled) : undefined;
  if (late === undefined) show(list, "loader", "warn", "not seen yet", "it has written nothing so far");
  else if (late > LATE_MS && totals.in_flight > 0) show(list, "loader", "bad", "behind", `${count(totals.in_flight)} events wait to be written`);
  else show(list, "loader", "good", totals.in_flight > 0 ? "writing" : "up to date", totals.in_flight > 0 ? `${count(totals.in_flight)} events on their way` : undefined);
  const { accepted, rejected, gap } = totals;
  if (gap > 0) show(list, "ledger", "bad", `${count(gap)} missing`, "accepted in the last hour and not stored: see /ledger");
  else show(list, "ledger", "good", "balanced", accepted + rejected === 0 ? "nothing received in the last hour" : `last hour: ${count(accepted)} accepted, ${count(rejected)} refused, none lost`);
}

/** Each component's state, also of a gateway that answers 503 because it is not ready; or why there is none. */
async function readiness() {
  try {
    const answer = await fetch("/health/ready", { headers: { accept: "application/json" } });
    const isJson = answer.headers.get("content-type")?.startsWith("application/json");
    const { components } = isJson ? await answer.json() : {};
    return components ? { components } : { error: `The gateway answered ${answer.status}.` };
  } catch {
    return { error: "The gateway cannot be reached." };
  }
}

/** The last hour of the ledger, or why there is none. */
async function books() {
  try {
    return await (await request("/ledger?from=1h", { headers: { accept: "application/json" } })).json();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { error: error.kind === "key" || error.kind === "scope" ? "shown to those with a key" : error.message };
  }
}

function show(list, part, kind, state, says) {
  const element = list.querySelector(`[data-part="${part}"]`);
  const badge = element.querySelector(".badge");
  badge.className = `badge ${kind}`;
  badge.textContent = state;
  const text = element.querySelector(".part-says");
  text.dataset.usual ??= text.textContent;
  text.textContent = says ?? text.dataset.usual;
}
