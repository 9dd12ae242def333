// The tracker's hand in the page: starts the module, passes on what the loader caught and what the page does. Decides nothing.
import { __wbg_set_wasm, start } from "clickpath-glue";
import { imports } from "clickpath-imports";

import { business } from "./business.js";
import { clicked, submitted, tell } from "./click.js";
import { enter, say, silence, warn } from "./enter.js";
import { fields } from "./naming.js";
import { connect, keep } from "./page.js";
import * as signals from "./signals.js";
import { measure } from "./vitals.js";
import { watch } from "./watch.js";

const { hand } = document.currentScript;
const { site, params } = hand.script.dataset;

const kinds = new Map([["view", signals.VIEW], ["click", signals.CLICK], ["server", signals.SERVER]]);

const calls = {
  click: clicked,
  move: (time, url) => tell(signals.MOVED, time, url),
  track(time, title, payload, type = "click") {
    if (!kinds.has(type)) throw new TypeError(`no event type ${type}`);
    tell(kinds.get(type), time, JSON.stringify({ ...payload, event_title: title }));
  },
  ecommerce(time, name, given) {
    for (const [title, payload, type] of business(name, given)) calls.track(time, title, payload, type);
  },
  identify: (time, id) => id && tell(signals.IDENTIFIED, time, `${id}`.slice(0, 256)),
  reset: (time) => tell(signals.IDENTIFIED, time),
};

function take(name, ...values) {
  try {
    calls[name](...values);
  } catch (error) {
    warn("event not recorded:", error);
  }
}

const listen = (target, names, handle) => {
  for (const name of names.split(" ")) target.addEventListener(name, handle, { capture: true, passive: true });
};

function listenAll() {
  const focus = () => say(signals.FOCUSED, !document.hidden && document.hasFocus());
  const answer = () => say(signals.STIRRED);
  const scrolled = () => say(signals.SCROLLED, scrollY + innerHeight, document.documentElement.scrollHeight);
  let lately = 0;
  listen(document, "visibilitychange", () => {
    say(signals.SHOWN, !document.hidden);
    focus();
  });
  listen(window, "focus blur", focus);
  listen(window, "online", () => say(signals.ONLINE));
  listen(window, "pagehide", () => say(signals.LEFT));
  listen(window, "pageshow", (event) => event.persisted && say(signals.RESTORED));
  listen(document, "submit", (event) => take("submit", Date.now(), event.composedPath()));
  listen(document, "scroll", scrolled);
  listen(document, "scroll pointermove pointerdown keydown touchmove wheel", ({ timeStamp }) => {
    if (timeStamp - lately < 1000) return;
    lately = timeStamp;
    say(signals.ACTIVE);
    scrolled();
  });
  listen(document, "scroll input change focusin selectionchange toggle play pause fullscreenchange submit", answer);
  focus();
  scrolled();
}

let mode;

/** What the visitor allows from now on. */
function consent(given) {
  const before = mode;
  mode = given;
  const off = mode == "off";
  if (off) say(signals.CONSENTED, 0);
  keep(mode == "full");
  silence(off);
  if (off) return;
  say(signals.CONSENTED, 1);
  if (before == "off") say(signals.RESTORED);
}

async function begin() {
  try {
    const { instance } = await WebAssembly.instantiateStreaming(hand.wasm, imports);
    __wbg_set_wasm(instance.exports);
  } catch (error) {
    return hand.refuse(error);
  }
  calls.submit = submitted;
  connect(hand.endpoint);
  while (hand.mode == "off") await new Promise((go) => (hand.consent = go));
  mode = hand.mode;
  hand.consent = consent;
  keep(mode == "full");
  const words = `${site}\x1f${hand.url}\x1f${document.referrer}\x1f${params ?? ""}`;
  enter(start, hand.time, words, hand.framed);
  say(signals.SHOWN, !document.hidden);
  hand.take = take;
  for (const call of hand.early) take(...call);
  hand.early.length = 0;
  listenAll();
  // The browser may ask pages to be sparing.
  if (navigator.connection?.saveData) return;
  watch();
  measure();
}

begin();
