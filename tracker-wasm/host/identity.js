// Ids of events, visitors and sessions, and what a session has already seen.
import { session as turn } from "clickpath-glue";

import { load, save } from "./store.js";

const USER = "clickpath.user";
/** Time of the last activity (epoch milliseconds), a space, the session's id. Shared by the tabs of an origin. */
const SESSION = "clickpath.session";
/** A session's id, then one mark per element it has seen. */
const SEEN = "clickpath.seen";
/** Twenty thousand marks; then all are forgotten, and elements may be seen a second time. */
const SEEN_LENGTH = 240_000;

export const hex = (number, digits) => number.toString(16).padStart(digits, "0");

/** A UUIDv7 (RFC 9562, section 5.7) of the moment `time`, epoch milliseconds. */
export function uuid(time) {
  const bits = crypto.getRandomValues(new Uint16Array(5));
  bits[0] = (bits[0] & 0xfff) | 0x7000;
  bits[1] = (bits[1] & 0x3fff) | 0x8000;
  let text = hex(time, 12);
  for (const part of bits) text += hex(part, 4);
  return text.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** The visitor's id: anonymous, made on the first visit, until the page names the visitor. */
export let user;

export const meet = (time) => (user = load(USER) || rename(time));

/** The page's code names the visitor; without `id` begins another, anonymous one, which is none where nothing is stored: it would be another
 * on each page. */
export function rename(time, id) {
  user = id || uuid(time);
  if (!save(USER, user) && !id) user = "";
  return user;
}

/** The next event begins another session. */
export function endSession() {
  save(SESSION, "");
  save(SEEN, "");
}

/** The session that an event at `time` belongs to. */
export function session(time) {
  const [last, known] = load(SESSION).split(" ");
  const turned = known ? turn(last, time) : 2;
  const id = turned > 1 ? uuid(time) : known;
  if (turned) save(SESSION, `${time} ${id}`);
  return id;
}

let seen;

/** Two hashes of 32 bits, after FNV-1a (<http://www.isthe.com/chongo/tech/comp/fnv/>). */
function mark(text) {
  let one = 0x811c9dc5;
  let other = one;
  for (let at = 0; at < text.length; at++) {
    one = Math.imul(one ^ text.charCodeAt(at), 0x01000193);
    other = Math.imul(other ^ text.charCodeAt(at), 0x5bd1e995);
  }
  return ` ${hex(one >>> 0, 8)}${hex(other >>> 0, 8)}`;
}

/** Notes that the session of the moment has seen the element on the page; false when it had before. */
export function firstSight(time, page, element) {
  if (!seen) {
    seen = load(SEEN);
    const id = session(time);
    if (!seen.startsWith(id) || seen.length > SEEN_LENGTH) seen = id;
    // Once for all that are seen in the same moment.
    queueMicrotask(() => {
      save(SEEN, seen);
      seen = "";
    });
  }
  const sight = mark(`${page} ${element}`);
  if (seen.includes(sight)) return false;
  seen += sight;
  return true;
}
