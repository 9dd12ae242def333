// The tracker's hand in the page: starts the module, passes on what the loader caught and what the page does. Decides nothing.
import { __wbg_set_wasm, message, start } from "clickpath-glue";
import { imports } from "clickpath-imports";

import { describe } from "./element.js";
import { enter, say, warn } from "./enter.js";
import { connect, current } from "./page.js";
import * as signals from "./signals.js";
import { watch } from "./watch.js";
import { measure } from "./vitals.js";

const { hand } = document.currentScript;
const { site, params = "" } = hand.script.dataset;
/** The browser asks pages to be sparing: elements are not watched, and nothing is measured. */
const sparing = navigator.connection?.saveData;

const tell = (kind, time, text = "", x = 0, y = 0) => enter(message, kind, time, text, x, y);

/** Whatever changes after a click answers it. */
const doings = new MutationObserver(() => {
  doings.disconnect();
  say(signals.STIRRED);
});

const describePath = (nodes) => {
  current.path = nodes.filter((node) => node.localName);
  return describe(current.path);
};

const calls = {
  move: (time, url) => tell(signals.MOVED, time, url),
  click(time, event, nodes) {
    const pointer = event.detail || event.pointerType;
    const place = pointer ? [event.pageX, event.pageY] : [NaN, +!event.isTrusted];
    tell(signals.CLICKED, time, describePath(nodes), ...place);
    doings.observe(nodes[0].getRootNode(), { childList: true, subtree: true, attributes: true, characterData: true });
  },
  submit: (time, nodes) => tell(signals.SUBMITTED, time, describePath(nodes)),
  track(time, title, payload, type = "click") {
    const kind = { view: signals.VIEW, click: signals.CLICK, server: signals.SERVER }[type];
    if (!kind) throw new TypeError(`no event type ${type}`);
    tell(kind, time, JSON.stringify({ ...payload, event_title: title }));
  },
  identify(time, id) {
    if (id) tell(signals.IDENTIFIED, time, `${id}`);
  },
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
  listen(document, "scroll", (event) => {
    answer();
    if (event.target == document) say(signals.SCROLLED, scrollY + innerHeight, document.documentElement.scrollHeight);
  });
  listen(document, "scroll pointermove pointerdown keydown touchmove wheel", ({ timeStamp }) => {
    if (timeStamp - lately < 1000) return;
    lately = timeStamp;
    say(signals.ACTIVE);
  });
  listen(document, "input change focusin selectionchange toggle play pause fullscreenchange submit", answer);
  focus();
}

async function begin() {
  try {
    const { instance } = await WebAssembly.instantiateStreaming(hand.wasm, imports);
    __wbg_set_wasm(instance.exports);
    instance.exports.__wbindgen_start();
  } catch (error) {
    return hand.refuse(error);
  }
  connect(hand.endpoint);
  enter(start, hand.time, `${site}\x1f${hand.url}\x1f${document.referrer}\x1f${params}`, hand.framed);
  say(signals.SHOWN, !document.hidden);
  hand.take = take;
  for (const call of hand.early) take(...call);
  hand.early.length = 0;
  listenAll();
  if (sparing) return;
  watch();
  measure();
}

begin();
