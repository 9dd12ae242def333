// The script that a page includes: `<script async src="/clickpath.js" data-site="shop"></script>`.
// It catches what happens from now on and loads the tracker, which takes over. Nothing here throws into the page.

const script = document.currentScript;
const { site, endpoint, key, consent, respectDnt } = script?.dataset ?? {};
const given = window.clickpath;

/** What came before the tracker ran: the name of a call, its moment, its values. The tracker replaces `take`. */
const early = [];
const hand = { script, early, take: (...call) => early.push(call) };

const warn = (...words) => console.warn("clickpath:", ...words);

const pass = (name, ...values) => {
  if (hand.mode == "off") return;
  try {
    hand.take(name, Date.now(), ...values);
  } catch (error) {
    warn(error);
  }
};

/** Says why nothing is measured here, on the console and to the gateway, which counts it. */
hand.refuse = (error) => {
  warn("stopped, the page goes on unmeasured:", error);
  hand.take = () => {};
  const payload = { event_title: "tracker_refused", reason: `${error}` };
  const event = { type: "view", created_at: Date.now(), session_id: `refused-${Math.random()}`, url: location.origin, payload };
  navigator.sendBeacon(hand.endpoint, JSON.stringify(event));
};

const api = {};
for (const name of ["track", "identify", "reset"]) api[name] = (...values) => pass(name, ...values);

/** `clickpath.ecommerce("purchase", …)` and, for those who read, `clickpath.ecommerce.purchase(…)`. */
api.ecommerce = (...values) => pass("ecommerce", ...values);
for (const name of ["viewItem", "addToCart", "removeFromCart", "beginCheckout", "purchase", "refund"]) {
  api.ecommerce[name] = (...values) => api.ecommerce(name, ...values);
}

/** The visitor asked by a setting of the browser not to be tracked. */
const asked = respectDnt != "false" && (navigator.globalPrivacyControl === true || navigator.doNotTrack === "1");
/** The operator looks at what was measured: no visit. */
const looks = /[?&]clickpath=overlay(&|$)/.test(location.search);
const OPTED_OUT = "clickpath.optout";
let optedOut, wanted, begun;
try {
  optedOut = localStorage.getItem(OPTED_OUT);
} catch {
  // Nothing is stored here.
}

/** Begins, goes on, or stops; `hand.mode` is what holds now. */
api.consent = (mode) => {
  if (!["off", "cookieless", "full"].includes(mode)) {
    warn("no such consent:", mode);
    mode = "off";
  }
  wanted = mode;
  if (asked || optedOut || looks) mode = "off";
  hand.mode = mode;
  if (mode == "off") early.length = 0;
  else if (!begun) {
    begun = true;
    if (document.prerendering) document.addEventListener("prerenderingchange", begin, { once: true });
    else begin();
  }
  hand.consent?.(mode);
};

const decide = (out) => {
  optedOut = out;
  try {
    if (out) localStorage.setItem(OPTED_OUT, out);
    else localStorage.removeItem(OPTED_OUT);
  } catch {
    // It holds for this page.
  }
  api.consent(wanted ?? consent ?? "full");
};
api.optOut = () => decide("1");
api.optIn = () => decide("");

function watch() {
  addEventListener("click", (event) => pass("click", event, event.composedPath()), true);
  const moved = () => pass("move", location.href);
  for (const name of ["pushState", "replaceState"]) {
    const original = history[name];
    try {
      history[name] = function () {
        const result = original.apply(this, arguments);
        moved();
        return result;
      };
    } catch {
      // A frozen history: `currententrychange` tells of the same.
    }
  }
  addEventListener("popstate", moved);
  addEventListener("hashchange", moved);
  window.navigation?.addEventListener("currententrychange", moved);
}

function begin() {
  const url = new URL(endpoint || "events", script.src);
  url.searchParams.set("site", site);
  url.searchParams.set("source", "tracker");
  if (key) url.searchParams.set("key", key);
  hand.endpoint = url.href;
  hand.time = Date.now();
  hand.url = location.href;
  try {
    // A frame of the same origin whose page is measured too.
    hand.framed = parent != window && !!parent.clickpath?.track;
  } catch {
    // The page around it is another's.
  }
  watch();
  const integrity = WASM_INTEGRITY;
  hand.wasm = fetch(new URL(WASM_FILE, script.src), { integrity });
  hand.wasm.catch(() => {});
  const host = document.createElement("script");
  host.src = new URL(HOST_FILE, script.src);
  host.integrity = HOST_INTEGRITY;
  host.crossOrigin = "anonymous";
  host.onerror = () => hand.refuse("the tracker does not load");
  host.hand = hand;
  document.head.append(host);
}

if (given?.track && !given.q) {
  warn("included twice; the first one counts");
} else if (!site) {
  warn("the script tag needs data-site");
} else {
  window.clickpath = api;
  if (asked) console.debug("clickpath:", "the browser asks not to track; nothing is recorded");
  for (const [name, ...values] of given?.q ?? []) {
    if (name in api) api[name](...values);
    else warn("no such call:", name);
  }
  if (!wanted) api.consent(consent ?? "full");
  if (looks) import(new URL("overlay/overlay.js", script.src)).catch(warn);
}
