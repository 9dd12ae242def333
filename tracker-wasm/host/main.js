// The tracker's hand in the page: starts the module, passes on what the loader caught and what the page does. Decides nothing.
import { __wbg_set_wasm } from "clickpath-glue";
import { imports } from "clickpath-imports";

import { business } from "./business.js";
import { clicked, submitted } from "./click.js";
import { say, silence, warn } from "./enter.js";
import { identify, move, open, reopen, track } from "./events.js";
import { meet } from "./identity.js";
import { connect, hurry } from "./outbox.js";
import * as signals from "./signals.js";
import { keep } from "./store.js";
import { measure } from "./vitals.js";
import { watch } from "./watch.js";

const { hand } = document.currentScript;
const { site, params } = hand.script.dataset;

const calls = {
  click: clicked,
  move,
  track(time, title, payload, type = "click") {
    if (!/^(view|click|server)$/.test(type)) throw new TypeError(`no event type ${type}`);
    track(type, time, JSON.stringify({ ...payload, event_title: title }));
  },
  ecommerce(time, name, given) {
    for (const [title, payload, type] of business(name, given)) calls.track(time, title, payload, type);
  },
  identify: (time, id) => id && identify(time, `${id}`.slice(0, 256)),
  reset: (time) => identify(time),
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
  const interactions = () => performance.interactionCount;
  listen(document, "visibilitychange", () => {
    if (document.hidden) hurry();
    say(signals.SHOWN, !document.hidden, interactions());
    focus();
  });
  listen(window, "focus blur", focus);
  listen(window, "online", () => say(signals.ONLINE));
  // Who is frozen may be thrown away without another word.
  listen(window, "pagehide freeze", () => {
    hurry();
    say(signals.LEFT, 0, interactions());
  });
  listen(window, "pageshow", (event) => event.persisted && reopen());
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
  meet(Date.now());
  if (before == "off") reopen();
}

async function begin() {
  try {
    const { instance } = await WebAssembly.instantiateStreaming(hand.wasm, imports);
    __wbg_set_wasm(instance.exports);
  } catch (error) {
    return hand.refuse(error);
  }
  calls.submit = submitted;
  connect(hand.endpoint, site);
  while (hand.mode == "off") await new Promise((go) => (hand.consent = go));
  mode = hand.mode;
  hand.consent = consent;
  keep(mode == "full");
  meet(hand.time);
  open(hand.time, hand.url, document.referrer, params);
  say(signals.STARTED, hand.framed);
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
