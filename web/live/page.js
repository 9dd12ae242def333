import { showIgnored } from "../lib/frame.js";
import { address, getJson } from "../lib/api.js";
import { byId, debounced, node } from "../lib/dom.js";
import { count, sentence } from "../lib/format.js";
import { askForKey } from "../lib/sign-in.js";
import { UrlState } from "../lib/state.js";
import { follow } from "../lib/stream.js";
import { showDetail } from "./detail.js";
import { row } from "./rows.js";

/** In the page; more rows help nobody, and a browser has to keep them all. */
const SHOWN = 300;
/** While the page pauses. */
const BUFFERED = 1_000;
/** What the gateway still has of the time before. */
const BACK = "5m";

const text = { read: (value) => value.slice(0, 200) };
const one = (...names) => ({ read: (value) => (names.includes(value) ? value : undefined) });
const state = new UrlState({ verdict: one("accepted", "refused", "deferred"), site: text, type: one("view", "click", "server"), title: text, session: text, text });
const NAMES = ["verdict", "site", "type", "title", "session", "text"];

const rows = byId("rows");
const dialog = byId("detail");
let stop = () => {};
let paused = false;
let buffer = [];
let counts;
/** The number of the first event that came after the visitor did: what is older is shown, and not counted. */
let first;
let known;

function restart() {
  stop();
  known = new Set();
  first = undefined;
  buffer = [];
  counts = { accepted: 0, refused: 0, deferred: 0, missed: 0 };
  rows.replaceChildren(empty());
  byId("live-notice").replaceChildren();
  showCounts();
  const filter = Object.fromEntries(NAMES.map((name) => [name, state.get(name)]));
  stop = follow(address("/console/events/", { ...filter, since: BACK }), { event: arrived, state: connected });
}

function arrived(name, data) {
  // After a pause of the connection the counts go on; a gateway that began anew numbers anew.
  if (name === "open") first = Math.min(first ?? Infinity, data.first);
  if (name !== "arrivals") return;
  counts.missed += data.missed;
  // After a pause of the connection some come once more.
  const fresh = data.events.filter((event) => !known.has(mark(event)));
  for (const event of fresh) {
    known.add(mark(event));
    if (event.number >= first) counts[event.verdict] += 1;
  }
  if (known.size > 20_000) known = new Set([...known].slice(-5_000));
  if (paused) {
    buffer.push(...fresh);
    buffer = buffer.slice(-BUFFERED);
  } else {
    show(fresh);
  }
  showCounts();
}

const mark = (event) => `${event.number} ${event.received_at}`;

function show(events) {
  if (events.length === 0) return;
  rows.querySelector(".state")?.parentElement.remove();
  rows.prepend(...events.slice(-SHOWN).map((event) => row(event, open)).reverse());
  while (rows.children.length > SHOWN) rows.lastChild.remove();
}

function open(event) {
  showDetail(dialog, event, (session) => {
    byId("filter-session").value = session;
    state.set({ session });
  });
}

function empty() {
  return node("li", {}, node("div", { class: "state" }, node("strong", {}, "Nothing yet"), node("span", {}, "Events show here as they come. Open the ", node("a", { href: "/shop/", target: "_blank" }, "demo shop"), " and click around.")));
}

function showCounts() {
  const parts = [`Since you came: ${count(counts.accepted)} accepted`, `${count(counts.refused)} refused`];
  if (counts.deferred > 0) parts.push(`${count(counts.deferred)} put off`);
  if (counts.missed > 0) parts.push(`${count(counts.missed)} not shown: more came than can be shown`);
  byId("live-counts").textContent = parts.join(" · ");
  byId("pause").textContent = paused ? (buffer.length > 0 ? `Go on (${count(buffer.length)}${buffer.length === BUFFERED ? "+" : ""} waiting)` : "Go on") : "Pause";
  byId("pause").setAttribute("aria-pressed", String(paused));
}

function connected(now, error) {
  const badge = byId("live-state");
  const [kind, name] = { open: ["good", "connected"], waiting: ["warn", "reconnecting"], refused: ["bad", "not connected"] }[now];
  badge.className = `badge ${kind}`;
  badge.textContent = name;
  if (now !== "refused") return;
  rows.replaceChildren();
  if (error.kind === "key" || error.code === "scope_missing") {
    const panel = node("div");
    byId("live-notice").replaceChildren(panel);
    return askForKey(panel, error, restart, "admin");
  }
  byId("live-notice").replaceChildren(error.code === "console_off" ? off() : node("p", { class: "notice bad", role: "alert" }, sentence(error.message)));
}

function off() {
  return node("div", { class: "notice", role: "alert" },
    node("p", {}, node("strong", {}, "The live console is off on this gateway.")),
    node("p", {}, "It shows what visitors send, so who runs the gateway turns it on: ", node("code", {}, "--live-console"), " or ", node("code", {}, "CLICKPATH_LIVE_CONSOLE=true"), ". ", node("code", {}, "clickpath up"), " on this machine has it on."),
    node("p", {}, "What arrived lately is on the ", node("a", { href: "/dashboard" }, "dashboard"), " too."));
}

function showFilters() {
  showIgnored(state.ignored);
  for (const button of document.querySelectorAll("[data-verdict]")) button.setAttribute("aria-pressed", String(button.dataset.verdict === (state.get("verdict") ?? "")));
  for (const name of NAMES.slice(1)) {
    const field = byId(`filter-${name}`);
    // What is being typed may end in a blank.
    if (field.value.trim() !== (state.get(name) ?? "")) field.value = state.get(name) ?? "";
  }
}

const TYPED = ["title", "session", "text"];
const typed = () => Object.fromEntries(TYPED.map((name) => [name, byId(`filter-${name}`).value.trim() || undefined]));
const whenTyped = debounced(() => state.set(typed(), { replace: true }), 250);
for (const name of TYPED) byId(`filter-${name}`).addEventListener("input", whenTyped);
for (const button of document.querySelectorAll("[data-verdict]")) button.addEventListener("click", () => state.set({ ...typed(), verdict: button.dataset.verdict || undefined }));
for (const name of ["site", "type"]) byId(`filter-${name}`).addEventListener("change", ({ target }) => state.set({ ...typed(), [name]: target.value || undefined }));
byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("pause").addEventListener("click", () => {
  paused = !paused;
  if (!paused) {
    show(buffer);
    buffer = [];
  }
  showCounts();
});
byId("clear").addEventListener("click", () => {
  buffer = [];
  rows.replaceChildren(empty());
  counts = { accepted: 0, refused: 0, deferred: 0, missed: 0 };
  showCounts();
});
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

state.onChange(() => {
  showFilters();
  restart();
});
restart();
showFilters();
try {
  const { sites } = await getJson("/overview/");
  byId("filter-site").append(...sites.map(({ name }) => node("option", { value: name }, name)));
  // Its alone: somebody may be typing into the others by now.
  byId("filter-site").value = state.get("site") ?? "";
  byId("filter-site").hidden = sites.length < 2;
} catch (error) {
  console.warn("clickpath: the sites are not known:", error);
}
