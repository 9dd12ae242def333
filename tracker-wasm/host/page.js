// What the module asks of the page: tracker-wasm/src/host.rs has the meaning of each.
import { say, warn } from "./enter.js";
import { fields, ignored, ownFields, ownName, sizes } from "./naming.js";
import { ANSWERED, WOKEN } from "./signals.js";

export { warn };

/** The elements that the module speaks of by their number. */
export const watched = [];

let endpoint, timer, told;
/** Without consent nothing is stored, and what is to be kept lives as long as the page. */
let stores;
const memory = new Map();
const OPTED_OUT = "clickpath.optout";

/** Begins to store, or takes out all that was stored but the wish not to be measured. */
export function keep(on) {
  stores = true;
  if (!on) {
    memory.clear();
    for (const name of names("clickpath.").split("\n")) if (name && name != OPTED_OUT) save(name, "");
  }
  stores = on;
  for (const [name, value] of on ? memory : []) save(name, value);
}

export const connect = (given) => (endpoint = given);

export const now = () => Date.now();
export const elapsed = () => performance.now();
export const random = () => crypto.getRandomValues(new Uint32Array(1))[0];
export const interactions = () => performance.interactionCount;

export function wake(after) {
  clearTimeout(timer);
  timer = setTimeout(() => say(WOKEN), after);
}

export function load(name) {
  try {
    return memory.get(name) ?? (stores ? localStorage.getItem(name) : "") ?? "";
  } catch {
    return "";
  }
}

export function save(name, value) {
  try {
    if (!stores) throw 0;
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
    memory.delete(name);
    return true;
  } catch {
    memory.set(name, value);
    return false;
  }
}

export function names(prefix) {
  let text = "";
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith(prefix)) text += `${name}\n`;
  } catch {
    // Nothing is stored here.
  }
  return text;
}

const address = () => `${endpoint}&sent_at=${Date.now()}`;

export function send(number, body, keepalive) {
  fetch(address(), { method: "POST", body, keepalive }).then(
    async (answer) => {
      const refused = say(ANSWERED, number, answer.status, +answer.headers.get("Retry-After") || 0);
      if (refused && !told) {
        told = true;
        warn(await answer.text());
      }
    },
    () => say(ANSWERED, number),
  );
}

/** A page may have taken it away: then a request that outlives the page is the way. */
export const beacon = (body) => !!navigator.sendBeacon?.(address(), body);

export function describe(index) {
  if (index < 0) return fields({ event_title: "page_view", "~title": document.title }) + sizes();
  const element = watched[index];
  const name = ownName(element);
  if (!name || ignored(element)) return "";
  return fields({ event_title: "element_view", element_id: name }) + sizes() + ownFields(element);
}
