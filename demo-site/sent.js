// Events as they leave the page, seen where the browser is asked to send them: `fetch` and `sendBeacon`.

import { read, write } from "./stored.js";

const KEY = "shop.sent";
const MOST = 40;
const script = document.querySelector("script[data-site]");
const endpoint = new URL(script.dataset.endpoint ?? "events", script.src).pathname;
const watchers = new Set();
let wrapped = false;

/** The latest events, newest first: `{id, event, state, reason}`. States: `sending`, `beacon`, `accepted`, `refused`, `failed`. */
export function recent() {
  return read(KEY, [], "sessionStorage");
}

export function forget() {
  write(KEY, [], "sessionStorage");
}

/** Calls `changed` whenever [`recent`] has; returns what ends that. */
export function watchSending(changed) {
  if (!wrapped) wrap();
  wrapped = true;
  watchers.add(changed);
  return () => watchers.delete(changed);
}

function wrap() {
  const { fetch } = window;
  const sendBeacon = navigator.sendBeacon.bind(navigator);
  window.fetch = (target, init) => {
    const answer = fetch(target, init);
    if (isEndpoint(target?.url ?? target)) follow(init?.body, answer);
    return answer;
  };
  navigator.sendBeacon = (target, body) => {
    const taken = sendBeacon(target, body);
    if (isEndpoint(target)) events(body).then((batch) => note(batch, taken ? "beacon" : "failed"));
    return taken;
  };
}

function isEndpoint(address) {
  return new URL(address, location.href).pathname === endpoint;
}

/** The batch's events; large ones leave compressed. A form that is neither JSON nor that is said in the corner. */
async function events(body) {
  try {
    const batch = JSON.parse(typeof body === "string" ? body : await decompressed(body));
    return Array.isArray(batch) ? batch : (batch.events ?? [batch]);
  } catch {
    return [{ type: "batch", payload: { event_title: "in a form this corner does not read" } }];
  }
}

function decompressed(body) {
  const stream = new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

async function follow(body, answer) {
  // At once: whoever else reads an answer uses it up.
  const copy = answer.then((response) => ({ response: response.clone() }), (error) => ({ error }));
  const ids = note(await events(body), "sending");
  try {
    const { response, error } = await copy;
    if (error) throw error;
    const receipt = await response.json();
    const refusals = new Map((receipt.rejected ?? []).map(({ index, message }) => [ids[index], message]));
    settle(ids, (id) => {
      if (refusals.has(id)) return { state: "refused", reason: refusals.get(id) };
      return response.ok ? { state: "accepted" } : { state: "failed", reason: receipt.error?.message ?? String(response.status) };
    });
  } catch (error) {
    settle(ids, () => ({ state: "failed", reason: String(error) }));
  }
}

function note(batch, state) {
  const noted = batch.map((event) => ({ id: event.id ?? String(Math.random()), event, state }));
  const ids = noted.map(({ id }) => id);
  const others = recent().filter(({ id }) => !ids.includes(id));
  keep([...noted.reverse(), ...others].slice(0, MOST));
  return ids;
}

function settle(ids, outcome) {
  keep(recent().map((sent) => (ids.includes(sent.id) ? { ...sent, ...outcome(sent.id) } : sent)));
}

function keep(list) {
  write(KEY, list, "sessionStorage");
  for (const changed of watchers) changed();
}
