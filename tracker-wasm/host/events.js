// Events as texts: what all have, and what is told of those that src/tracker.rs has recorded.
import { clean, isSame, place } from "./address.js";
import { enter, later, tell } from "./enter.js";
import { endSession, firstSight, rename, session, user, uuid } from "./identity.js";
import { addOwnFields, addSizes, ignored, ownName } from "./naming.js";
import { put } from "./outbox.js";
import { scrub, scrubJson } from "./scrub.js";
import { CLICKED, DEAD, DROPPED, ELEMENT, FIRED, FOLLOW, LEAVE, MOVED, PAGE, RESTORED, VITALS } from "./signals.js";

/** The elements that the module speaks of by their number. */
export const watched = [];

/** Where the visitor is, where they came from, and since when; and what is told of that. */
let url, told, referrer, opened, parameters;
/** Where they go. */
let next;
/** What is told of the last click in case it stays without an answer. */
let unanswered;

export function open(time, address, from, allowed) {
  parameters = allowed;
  told = clean(from, parameters);
  follow({ time, address });
}

function follow({ time, address, same }) {
  if (!same) [referrer, opened] = [told, time];
  url = address;
  told = clean(url, parameters);
}

/** The visitor came back to a page that the browser had kept. */
export const reopen = () =>
  enter(() => {
    opened = Date.now();
    tell(RESTORED);
  });

/** What has no value is `undefined`, and left out: the contract reads absence as "not given". */
const encode = (fields) => JSON.stringify(fields);

/** Makes an event; `payload` is JSON. Gives its id. */
function write(type, time, payload, weight = 1) {
  const id = uuid(time);
  const event = { created_at: time, id, type, session_id: session(time), user_id: user || undefined, url: told, referrer: referrer || undefined };
  return [put(`${encode(event).slice(0, -1)},"payload":${scrubJson(payload)}}`, weight), id];
}

const whole = (number) => Math.round(number) || undefined;

const records = {
  [PAGE]: () => write("view", opened, encode(addSizes({ event_title: "page_view", title: scrub(document.title) || undefined }))),
  [ELEMENT](index) {
    const element = watched[index];
    const name = element && !ignored(element) && ownName(element);
    const time = Date.now();
    if (!name || !firstSight(time, place(url), name)) return;
    return write("view", time, encode(addOwnFields(addSizes({ event_title: "element_view", element_id: name }), element)));
  },
  [DEAD]: () => trouble("dead_click", unanswered),
  [LEAVE]: (depth, engaged) => server("page_leave", { scroll_depth: Math.trunc(depth), engaged_ms: Math.trunc(engaged) }),
  [VITALS]: (lcp, fcp, ttfb, inp, cls) =>
    server("web_vitals", { lcp_ms: whole(lcp), fcp_ms: whole(fcp), ttfb_ms: whole(ttfb), inp_ms: whole(inp), cls: window.LayoutShift && +cls.toFixed(3) }),
  [DROPPED](overflow, tooLarge, refused, quota) {
    const fields = { overflow: whole(overflow), too_large: whole(tooLarge), refused: whole(refused), quota: whole(quota) };
    return server("tracker_dropped", fields, Date.now(), overflow + tooLarge + refused + quota);
  },
};

const server = (title, fields, time = Date.now(), weight) => write("server", time, encode({ event_title: title, ...fields }), weight);
const trouble = (title, { time, ...fields }) => server(title, fields, time);

/** The number of an event that the module has recorded, of a kind of signals.js. */
export function record(what, ...values) {
  if (what == FOLLOW) follow(next);
  else return records[what](...values)?.[0] ?? 0;
}

/** Hands an event to the module, which knows when it goes. Gives its id. */
function fire(...event) {
  const [number, id] = write(...event);
  tell(FIRED, number);
  return id;
}

/** An event of the page's own: `payload` is JSON. */
export const track = (type, time, payload) => enter(fire, type, time, payload);

export const submit = (fields) => enter(() => fire("click", Date.now(), encode({ event_title: "form_submit", ...fields })));

/** `x` is NaN without a pointer, and `href` the address of a link. An element that `answers` clicks by itself gives no sign of it. */
export function click(time, fields, href, x, y, answers) {
  const now = performance.now();
  later(() => {
    fields.link_url = href && clean(href, parameters);
    const rages = tell(CLICKED, x, y, answers, now);
    const about = { time, target: fields.element_id, click_id: fire("click", time, encode(fields)) };
    if (rages) tell(FIRED, trouble("rage_click", about)[0]);
    if (!answers) unanswered = about;
  });
}

/** The page's code names the visitor; nobody again without `id`. */
export const identify = (time, id) =>
  enter(() => {
    const before = user;
    rename(time, id);
    if (!id) endSession();
    else if (before != id) fire("server", time, encode({ event_title: "identify", previous_id: before || undefined }));
  });

/** The address changes. */
export const move = (time, address) =>
  enter(() => {
    if (address == url) return;
    next = { time, address, same: isSame(address, url) };
    tell(MOVED, next.same);
  });
