// The script that a page includes: `<script async src="/clickpath.js" data-site="shop"></script>`.
// It catches what happens from now on, loads the tracker and hands it over. Nothing here throws into the page.
import { __wbg_set_wasm, clicked, navigated, start, tracked } from "clickpath-glue";
import { imports } from "clickpath-imports";

const script = document.currentScript;
const site = script?.dataset.site;
const given = window.clickpath;

/** Calls that came before the tracker ran; undefined once it runs or never will. */
let waiting = [];
/** Calls into the tracker that are under way: a page may replace what the tracker calls, and call back. */
let depth = 0;
let stopped = false;

function stop(error) {
  if (stopped) return;
  stopped = true;
  waiting = undefined;
  console.warn("clickpath:", "stopped, the page goes on unmeasured:", error);
}

/** Calls one of the tracker's functions now, or as soon as it can be called. */
function enter(run, ...values) {
  if (stopped) return;
  if (waiting) return void waiting.push([run, values]);
  if (depth) return queueMicrotask(() => enter(run, ...values));
  try {
    run(...values);
  } catch (error) {
    stop(error);
  }
}

/** The module's exports, which never throw into a listener or timer of the page. */
function guard(exports) {
  const guarded = {};
  for (const name of Object.keys(exports)) {
    const value = exports[name];
    guarded[name] = typeof value == "function" ? (...values) => call(value, values) : value;
  }
  return guarded;
}

function call(run, values) {
  if (stopped) return;
  depth++;
  try {
    return run(...values);
  } catch (error) {
    if (depth > 1) throw error;
    stop(error);
  } finally {
    depth--;
  }
}

/** Says why nothing is measured here, on the console and to the gateway, which counts it. */
function refused(error, endpoint) {
  stop(error);
  const event = {
    type: "view",
    created_at: Date.now(),
    session_id: `refused-${Math.random()}`,
    url: location.href,
    payload: { event_title: "tracker_refused", reason: String(error) },
  };
  navigator.sendBeacon(endpoint, JSON.stringify(event));
}

async function load(endpoint, arrived, url) {
  try {
    const { instance } = await WebAssembly.instantiateStreaming(fetch(new URL(WASM_FILE, script.src)), imports);
    const exports = guard(instance.exports);
    __wbg_set_wasm(exports);
    exports.__wbindgen_start();
    const early = waiting;
    waiting = undefined;
    enter(start, site, endpoint, arrived, url);
    for (const [run, values] of early) enter(run, ...values);
  } catch (error) {
    refused(error, endpoint);
  }
}

function track(title, payload, type = "click") {
  try {
    if (!["view", "click", "server"].includes(type)) throw new TypeError(`no event type ${type}`);
    enter(tracked, Date.now(), type, JSON.stringify({ ...payload, event_title: title }));
  } catch (error) {
    console.warn("clickpath:", "event not recorded:", error);
  }
}

function watch() {
  addEventListener(
    "click",
    (event) => {
      const pointer = event.detail || event.pointerType;
      enter(clicked, Date.now(), event.composedPath(), pointer ? event.pageX : NaN, pointer ? event.pageY : NaN);
    },
    true,
  );
  const moved = () => enter(navigated, Date.now(), location.href);
  for (const name of ["pushState", "replaceState"]) {
    const original = history[name];
    history[name] = function () {
      const result = original.apply(this, arguments);
      moved();
      return result;
    };
  }
  addEventListener("popstate", moved);
  addEventListener("hashchange", moved);
}

function begin() {
  const endpoint = new URL(script.dataset.endpoint || "events", script.src);
  endpoint.searchParams.set("site", site);
  endpoint.searchParams.set("source", "tracker");
  if (script.dataset.key) endpoint.searchParams.set("key", script.dataset.key);
  watch();
  load(endpoint.href, Date.now(), location.href);
}

if (given?.track && !given.q) {
  console.warn("clickpath:", "included twice; the first one counts");
} else if (navigator.globalPrivacyControl === true || navigator.doNotTrack === "1") {
  window.clickpath = { track() {} };
} else if (!site) {
  console.warn("clickpath:", "the script tag needs data-site");
} else {
  window.clickpath = { track };
  for (const [name, ...values] of given?.q ?? []) {
    if (name === "track") track(...values);
    else console.warn("clickpath:", "no such call:", name);
  }
  if (document.prerendering) document.addEventListener("prerenderingchange", begin, { once: true });
  else begin();
}
