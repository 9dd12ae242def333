import { keepSite, showIgnored, showSites } from "../lib/frame.js";
import { getJson, report } from "../lib/api.js";
import { byId, debounced, node } from "../lib/dom.js";
import { count, counted, duration, instant, sentence } from "../lib/format.js";
import { askForKey } from "../lib/sign-in.js";
import { UrlState } from "../lib/state.js";
import { drawFlow } from "./flow.js";
import { sessionRow, timeline } from "./sessions.js";

const SESSIONS = 100;
const EVENTS = 1_000;
const HOUR_MS = 3_600_000;

const text = { read: (value) => value.slice(0, 2_000) };
const state = new UrlState({
  site: text,
  period: { read: (value) => (["1d", "7d", "30d"].includes(value) ? value : undefined), default: "7d" },
  bots: { read: (value) => (value === "1" ? "1" : undefined) },
  step: { read: (value) => (/^[1-5]$/.test(value) ? Number(value) : undefined) },
  page: text,
  session: text,
});

let abort = new AbortController();
let shown = { flow: undefined, sessions: [] };

async function refresh() {
  abort.abort();
  abort = new AbortController();
  const { signal } = abort;
  showControls();
  byId("notice").replaceChildren();
  for (const id of ["flow", "sessions"]) byId(id).setAttribute("aria-busy", "true");
  try {
    await Promise.all([showFlow(signal), showSessions(signal)]);
  } catch (error) {
    if (error.name === "AbortError") return;
    failed(error);
  } finally {
    // Unless it is asked anew already; where a key is asked for, that panel stands in their place.
    if (!signal.aborted) for (const id of ["flow", "sessions"]) byId(id)?.removeAttribute("aria-busy");
  }
}

const common = () => ({ site: state.get("site"), from: state.get("period"), bots: state.get("bots") });
const through = () => (chosen() ? { step: chosen().step, step_page: chosen().page } : {});
const chosen = () => (state.get("step") && state.get("page") !== undefined ? { step: state.get("step"), page: state.get("page") } : undefined);

async function showFlow(signal) {
  const { data } = await report("path_steps", { ...common(), ...through(), limit: 2_000 }, signal);
  shown.flow = data;
  draw();
}

function draw() {
  const flow = byId("flow");
  const drawn = drawFlow(flow, shown.flow, { chosen: chosen(), choose });
  if (!drawn) flow.replaceChildren(nothing());
  const began = shown.flow.filter(({ step }) => step === 1).reduce((sum, { sessions }) => sum + sessions, 0);
  byId("flow-note").textContent = drawn ? `${counted(began, "session")}. Faded: ended there. Choose a page to see who came through it.` : "";
}

function choose(step, page) {
  const same = chosen()?.step === step && chosen()?.page === page;
  state.set(same ? { step: undefined, page: undefined, session: undefined } : { step, page, session: undefined });
}

async function showSessions(signal) {
  const { data } = await report("recent_sessions", { ...common(), ...through(), limit: SESSIONS }, signal);
  shown.sessions = data;
  byId("sessions-note").textContent = data.length === SESSIONS ? `the latest ${SESSIONS}` : count(data.length);
  listSessions();
  await showTimeline(signal);
}

function listSessions() {
  const rows = shown.sessions.map((session) => sessionRow(session, { chosen: current(), choose: (id) => state.set({ session: id }) }));
  byId("sessions").replaceChildren(...(rows.length > 0 ? rows : [node("li", {}, nothing())]));
}

/** The one of the address, or the list's first. */
const current = () => state.get("session") ?? shown.sessions[0]?.session_id;

async function showTimeline(signal) {
  const id = current();
  const container = byId("timeline");
  if (!id) {
    byId("timeline-note").textContent = "";
    return container.replaceChildren(node("div", { class: "state" }, "There is no session to show."));
  }
  // Its day alone has to be read, where the list tells which.
  const listed = shown.sessions.find(({ session_id }) => session_id === id);
  const began = listed && instant(listed.started_at).getTime();
  const period = listed ? { from: began - HOUR_MS, to: Math.min(Date.now() + HOUR_MS, began + listed.length_ms + 24 * HOUR_MS) } : { from: "30d" };
  const { data } = await report("session_events", { site: state.get("site"), ...period, bots: 1, session: id, limit: EVENTS }, signal);
  const length = data.length > 0 ? instant(data.at(-1).at) - instant(data[0].at) : 0;
  byId("timeline-note").textContent = data.length === 0 ? "" : data.length === 1 ? "1 event" : `${count(data.length)}${data.length === EVENTS ? "+" : ""} events in ${duration(length)}`;
  if (data.length === 0) return container.replaceChildren(node("div", { class: "state" }, node("strong", {}, "This session is not there"), node("span", {}, "It may be older than 30 days, or of another site.")));
  container.replaceChildren(timeline(data));
}

function nothing() {
  const hint = chosen() ? "Nobody came through this page at this step." : "Sessions show here once pages with the tracker are visited.";
  return node("div", { class: "state" }, node("strong", {}, "No sessions in this period"), node("span", {}, hint, " ", chosen() ? "" : node("a", { href: "/" }, "Make some traffic")));
}

function failed(error) {
  if (error.kind === "key" || error.kind === "scope") return askForKey(byId("main"), error, () => location.reload());
  for (const id of ["flow", "timeline"]) byId(id).replaceChildren();
  byId("sessions").replaceChildren();
  byId("notice").replaceChildren(node("div", { class: "notice bad", role: "alert" }, node("p", {}, sentence(error.message)), node("button", { class: "button", type: "button", onclick: refresh }, "Try again")));
  if (!error.kind) throw error;
}

function showControls() {
  showIgnored(state.ignored);
  for (const button of document.querySelectorAll("[data-period]")) button.setAttribute("aria-pressed", String(button.dataset.period === state.get("period")));
  byId("bots").checked = state.get("bots") === "1";
  const chip = byId("chosen");
  chip.hidden = !chosen();
  chip.textContent = chosen() ? `Step ${chosen().step} is ${chosen().page} ✕` : "";
  chip.setAttribute("aria-label", chosen() ? `Remove: step ${chosen().step} is ${chosen().page}` : "");
}

for (const button of document.querySelectorAll("[data-period]")) button.addEventListener("click", () => state.set({ period: button.dataset.period, session: undefined }));
byId("bots").addEventListener("change", ({ target }) => state.set({ bots: target.checked ? "1" : undefined, session: undefined }));
byId("chosen").addEventListener("click", () => state.set({ step: undefined, page: undefined, session: undefined }));

let before = "";
state.onChange(() => {
  const now = state.toString({ session: undefined });
  if (now !== before) {
    before = now;
    return void refresh();
  }
  // Only another session: the rest stays as it is.
  listSessions();
  showTimeline(abort.signal).catch((error) => error.name === "AbortError" || failed(error));
});
before = state.toString({ session: undefined });
let width = innerWidth;
addEventListener("resize", debounced(() => {
  if (innerWidth === width || !shown.flow) return;
  width = innerWidth;
  draw();
}, 150));

try {
  const { sites, default_site: standard } = await getJson("/overview/");
  const names = sites.map(({ name }) => name);
  const site = state.get("site") ?? standard ?? names[0];
  if (site !== state.get("site") && standard === null) state.set({ site }, { replace: true });
  if (names.length > 1) showSites(names, site, (name) => state.set({ site: name, step: undefined, page: undefined, session: undefined }));
  else keepSite(state.get("site"));
} catch (error) {
  console.warn("clickpath: the sites are not known:", error);
}
refresh();
