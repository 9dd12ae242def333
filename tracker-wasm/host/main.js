// The tracker's hand in the page: starts the module, passes on what the loader caught and what the page does. Decides nothing.
import { __wbg_set_wasm, clicked, left, navigated, online, restored, shown, start, tracked } from "clickpath-glue";
import { imports } from "clickpath-imports";

import { describe } from "./element.js";
import { enter, warn } from "./enter.js";
import { connect, current } from "./page.js";
import { watch } from "./watch.js";

const { hand } = document.currentScript;

const calls = {
  click(time, event, nodes) {
    current.path = nodes.filter((node) => node.localName);
    const pointer = event.detail || event.pointerType;
    enter(clicked, time, describe(current.path), pointer ? event.pageX : NaN, pointer ? event.pageY : NaN);
  },
  move: (time, url) => enter(navigated, time, url),
  track(time, title, payload, type = "click") {
    if (!["view", "click", "server"].includes(type)) throw new TypeError(`no event type ${type}`);
    enter(tracked, time, type, JSON.stringify({ ...payload, event_title: title }));
  },
};

function take(name, ...values) {
  try {
    calls[name](...values);
  } catch (error) {
    warn("event not recorded:", error);
  }
}

function listen() {
  document.addEventListener("visibilitychange", () => enter(shown, !document.hidden));
  addEventListener("online", () => enter(online));
  addEventListener("pagehide", () => enter(left));
  addEventListener("pageshow", (event) => event.persisted && enter(restored));
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
  enter(start, hand.time, hand.script.dataset.site, hand.url, document.referrer, !document.hidden, hand.script.dataset.params ?? "");
  hand.take = take;
  for (const call of hand.early) take(...call);
  hand.early.length = 0;
  listen();
  watch();
}

begin();
