// What the module asks of the page: tracker-wasm/src/host.rs has the meaning of each.
import { attribute, describe as described } from "./element.js";
import { say, warn } from "./enter.js";
import { ANSWERED, WOKEN } from "./signals.js";

export { warn };

/** The elements that the module speaks of by their number: `path` for the length of one call. */
export const current = { path: [], watched: [] };

let endpoint, timer, told;
const memory = new Map();

export const connect = (given) => (endpoint = given);

export const now = () => Date.now();
export const elapsed = () => performance.now();
export const random = () => crypto.getRandomValues(new Uint32Array(1))[0];

export function wake(after) {
  clearTimeout(timer);
  timer = setTimeout(() => say(WOKEN), after);
}

export function load(name) {
  try {
    return memory.get(name) ?? localStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

export function save(name, value) {
  try {
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

export const beacon = (body) => navigator.sendBeacon(address(), body);
export const title = () => document.title;

export function size(which) {
  const { scrollWidth, scrollHeight } = document.documentElement;
  return [innerWidth, innerHeight, scrollWidth, scrollHeight, scrollY + innerHeight, performance.interactionCount ?? 0][which];
}

export function describe(index) {
  current.path = [current.watched[index]];
  return described(current.path);
}

export function position(step) {
  const element = current.path[step];
  let place = 1;
  for (let other = element; (other = other.previousElementSibling); ) place += other.localName == element.localName;
  if (place > 1) return place;
  for (let other = element; (other = other.nextElementSibling); ) if (other.localName == element.localName) return 1;
  return 0;
}

export function place(step, axis) {
  const element = current.path[step];
  if (!element.isConnected) return NaN;
  const { left, top } = element.getBoundingClientRect();
  return axis ? top + scrollY : left + scrollX;
}

export function fields(step) {
  const element = current.path[step];
  let text = "";
  for (const name of element.getAttributeNames()) {
    if (name.startsWith("data-cp-")) text += `${name.slice(8).replaceAll("-", "_")}\x1f${attribute(element, name)}\x1f`;
  }
  return text;
}
