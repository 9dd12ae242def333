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
    if (isEndpoint(target?.url ?? target)) follow(events(init?.body), answer);
    return answer;
  };
  navigator.sendBeacon = (target, body) => {
    const taken = sendBeacon(target, body);
    if (isEndpoint(target)) note(events(body), taken ? "beacon" : "failed");
    return taken;
  };
}

function isEndpoint(address) {
  return new URL(address, location.href).pathname === endpoint;
}

/** The batch's events; none if the tracker speaks another form than JSON text, which the corner then says. */
function events(body) {
  try {
    const batch = JSON.parse(body);
    return Array.isArray(batch) ? batch : (batch.events ?? [batch]);
  } catch {
    return [{ type: "batch", payload: { event_title: "in a form this corner does not read" } }];
  }
}

async function follow(batch, answer) {
  const ids = note(batch, "sending");
  try {
    const response = await answer;
    const receipt = await response.clone().json();
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
