// The outbox's hands: the texts of events, by number, and where they go. src/outbox.rs says when.
import { hex } from "./identity.js";
import { say, warn } from "./enter.js";
import { names, load, write } from "./store.js";
import { ANSWERED } from "./signals.js";

/** Shorter bodies gain little by compression. */
const SHORT = 1000;

const events = new Map();
const encoder = new TextEncoder();
let last = 0;
let packed = [];
let endpoint, prefix, compresses;

export function connect(address, site) {
  endpoint = address;
  prefix = `clickpath.queue.${site}.`;
  // From another origin the header would need the gateway's leave first.
  compresses = window.CompressionStream && endpoint.startsWith(`${location.origin}/`);
}

/** An event's number, from 1 on. `weight`: how many events it stands for. */
export function put(text, weight) {
  events.set(++last, { text, weight, bytes: encoder.encode(text).length + 1 });
  return last;
}

export const bytes = (event) => events.get(event)?.bytes ?? 0;
export const weight = (event) => events.get(event).weight;
export const forget = (event) => events.delete(event);
export const pack = (event) => (packed[packed.length] = events.get(event));
export const random = () => Math.random();

/** What is packed, as one text. */
function unpack(write, between) {
  let text = "";
  for (const event of packed) text += (text && between) + write(event);
  packed = [];
  return text;
}
const body = () => `[${unpack(({ text }) => text, ",")}]`;

const address = () => `${endpoint}&sent_at=${Date.now()}`;

let told;

function post(request, body, headers) {
  fetch(address(), { method: "POST", body, headers, keepalive: !!(request & 1) }).then(
    async (answer) => {
      const refused = say(ANSWERED, request, answer.status, +answer.headers.get("Retry-After") || 0);
      if (refused && !told) {
        told = true;
        warn(await answer.text());
      }
    },
    () => say(ANSWERED, request),
  );
}

/** What is about to be posted: as it is when the page ends before that. */
const late = new Map();
export const hurry = () => late.forEach((go) => go());

export function send(request) {
  const text = body();
  const go = (body = text, headers) => late.delete(request) && post(request, body, headers);
  late.set(request, go);
  if (document.hidden) return go();
  // Later: to begin a request takes milliseconds, and this may be a click.
  setTimeout(() => {
    if (!compresses || text.length < SHORT) return go();
    const stream = new Response(text).body.pipeThrough(new CompressionStream("gzip"));
    new Response(stream).arrayBuffer().then(
      (compressed) => go(compressed, { "Content-Type": "text/plain", "Content-Encoding": "gzip" }),
      () => go(),
    );
  });
}

/** A page may have taken it away, and a browser may take no more: then a request that outlives the page is the way. */
export function beacon() {
  const text = body();
  if (navigator.sendBeacon?.(address(), text)) return true;
  post(1, text);
  return false;
}

let stored;
const found = [];

/** A stored text never changes: a page writes the next one under a new name, then removes the one before. So whoever has read a text may
 * remove it, and two tabs cannot write over each other's events. */
export function store(lost) {
  const text = (lost ? `#${lost}\n` : "") + unpack(({ text, weight }) => `${weight > 1 ? weight : ""}${text}\n`, "");
  const name = text && `${prefix}${hex(Math.random() * 2 ** 52, 13)}`;
  let done = !text || write(name, text);
  if (stored) found[found.length] = stored;
  for (const old of found) write(old, "");
  found.length = 0;
  done ||= write(name, text);
  stored = done && name;
  return done;
}

export const release = () => (stored = "");

/** Tabs that open together find the same texts. */
export function find() {
  const known = new Set();
  for (const { text } of events.values()) known.add(text);
  let sum = -1;
  for (const name of names(prefix)) {
    if (name == stored) continue;
    found[found.length] = name;
    sum = Math.max(sum, 0);
    for (const line of load(name).split("\n")) {
      const [, lost, weight, text] = /^(#?)(\d*)([^]*)/.exec(line);
      if (lost) sum += +weight;
      else if (text && !known.has(text)) {
        known.add(text);
        put(text, +weight || 1);
      }
    }
  }
  return sum;
}

let overflowed;
export function overflows() {
  if (overflowed) return;
  overflowed = true;
  warn("events are dropped: they are over 64 KiB, or the gateway has been away for long");
}
