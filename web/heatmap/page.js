import { keepSite, showIgnored, showSites } from "../lib/frame.js";
import { address, forgetAnswers, getJson, report, request } from "../lib/api.js";
import { byId, node } from "../lib/dom.js";
import { count, sentence, share } from "../lib/format.js";
import { askForKey } from "../lib/sign-in.js";
import { UrlState } from "../lib/state.js";
import { sampleQuery } from "./sample.js";
import { Stage } from "./stage.js";

const PATHS = 200;
const ELEMENTS = 500;
/** Of the last events, among which a page's address is looked for. */
const LOOKED_THROUGH = 1_000;
/** Tokens last an hour. */
const RENEW_MS = 30 * 60_000;

const oneOf = (...values) => ({ read: (value) => (values.includes(value) ? value : undefined), default: values[0] });
const text = { read: (value) => value.slice(0, 2_000) };
const state = new UrlState({
  site: text,
  path: { read: (value) => (value.startsWith("/") ? value.slice(0, 2_000) : undefined) },
  mode: oneOf("clicks", "views", "ctr", "scroll"),
  device: oneOf("desktop", "all", "tablet", "mobile"),
  period: oneOf("30d", "24h", "7d", "90d"),
});
const stage = new Stage(byId("stage"), heard);

let token;
/** The most viewed pages, the first of which is shown where the address names none. */
let paths = [];
let missing = new Set();
let rows = [];
let opened = "";
/** A query by path: many pages show nothing without one. */
const queries = new Map();
let listed = "";
let renewed = false;
let abort = new AbortController();

const wish = () => ({ mode: state.get("mode"), device: state.get("device"), period: state.get("period") });
const path = () => state.get("path") ?? paths[0]?.path;
const filters = () => ({ from: state.get("period"), device: state.get("device") === "all" ? undefined : state.get("device") });

async function refresh() {
  showIgnored(state.ignored);
  showControls();
  try {
    const site = state.get("site");
    if (!token || (site && token.site !== site)) await renew();
    if (!path()) paths = await topPages();
    if (!path()) {
      showControls();
      return nothing();
    }
    const listing = list();
    listing.catch(() => {}); // It is awaited below.
    const wanted = path();
    await findQuery(wanted);
    showControls();
    // Another one may have been chosen meanwhile.
    if (wanted === path()) openPage();
    await listing;
  } catch (error) {
    if (error.name !== "AbortError") failed(error);
  }
}

async function renew() {
  const answer = await request(address("/overlay/token", { site: state.get("site") }), { method: "POST" });
  token = await answer.json();
}

async function topPages() {
  const { data } = await report("top_pages", { site: state.get("site"), from: "90d", limit: PATHS });
  byId("paths").replaceChildren(...data.map((row) => node("option", { value: row.path }, `${count(row.views)} views`)));
  return data;
}

/** Numbers are of the path, whatever its query; the page that is shown under them is to be one that visitors saw. */
async function findQuery(wanted) {
  if (wanted.includes("?") || queries.has(`${token.site} ${wanted}`)) return;
  let found = "";
  try {
    const { data } = await report("last_events", { site: state.get("site"), from: "7d", limit: LOOKED_THROUGH });
    found = sampleQuery(data, wanted);
  } catch (error) {
    console.warn("clickpath: the page is shown without a query:", error);
  }
  queries.set(`${token.site} ${wanted}`, found);
}

/** The page's address with what the overlay needs; the token stands behind the `#`, which no server is told. */
function pageAddress(extra) {
  // Where this gateway serves the pages too, they are of this origin by whatever name it is called.
  const target = new URL(path() + (queries.get(`${token.site} ${path()}`) ?? ""), new URL(token.pages, location.href));
  target.searchParams.set("clickpath", "overlay");
  const { mode, device, period } = wish();
  const own = { token: token.token, mode, device: device === "all" ? "" : device, period, ...extra };
  target.hash = Object.entries(own).map(([name, value]) => `clickpath-${name}=${encodeURIComponent(value)}`).join("&");
  return target;
}

function openPage() {
  const now = `${token.site} ${path()}`;
  if (opened === now) return stage.show(wish());
  opened = now;
  renewed = false;
  missing = new Set();
  say("", []);
  stage.open(pageAddress({ frame: location.origin }), wish());
}

/** What the overlay on the page says. */
async function heard(told) {
  if (told === null) return silent();
  if (told.go) {
    const to = new URL(told.go, location.origin);
    to.searchParams.delete("clickpath");
    return state.set({ path: to.pathname + to.search });
  }
  if (told.state === "locked" && !renewed) {
    renewed = true;
    try {
      await renew();
    } catch (error) {
      return failed(error);
    }
    return stage.open(pageAddress({ frame: location.origin }), wish());
  }
  say(told.words, told.scale, told.state);
  missing = new Set(told.missing);
  showRows();
}

function say(words, scale, kind) {
  byId("words").textContent = words;
  byId("words").classList.toggle("heatmap-failed", kind === "failed" || kind === "locked");
  byId("scale").hidden = scale.length !== 3;
  [...byId("scale").children].slice(1).forEach((tick, index) => { tick.textContent = scale[index] ?? ""; });
}

async function list() {
  const asked = { site: state.get("site"), path: path().split("?")[0], ...filters(), limit: ELEMENTS };
  const now = JSON.stringify(asked);
  if (now === listed) return;
  listed = now;
  abort.abort();
  abort = new AbortController();
  const { data } = await report("page_elements", asked, abort.signal);
  rows = data;
  showRows();
}

function showRows() {
  if (rows.length === 0) {
    return byId("elements").replaceChildren(node("div", { class: "state" }, node("strong", {}, "No element was seen here"), node("span", {}, "Choose a longer period or all devices.")));
  }
  const row = ({ element_id, seen, clicked, ctr, ctr_low, ctr_high }) => {
    const gone = missing.has(element_id);
    return node("tr", { class: gone && "gone" },
      node("th", { scope: "row" }, node("code", {}, element_id), gone && node("span", { class: "heatmap-interval" }, "not on the page now")),
      node("td", { class: "number" }, count(seen)),
      node("td", { class: "number" }, count(clicked)),
      node("td", { class: "number" }, share(ctr), ctr !== null && node("span", { class: "heatmap-interval", title: "95 % interval after Wilson" }, `${(100 * ctr_low).toFixed(1)}–${(100 * ctr_high).toFixed(1)}`)));
  };
  byId("elements").replaceChildren(node("table", { class: "table" },
    node("thead", {}, node("tr", {}, ...["Element", "Seen", "Clicked", "CTR"].map((title, index) => node("th", { scope: "col", class: index > 0 && "number" }, title)))),
    node("tbody", {}, ...rows.map(row))));
}

/** No page of the site was viewed. */
function nothing() {
  say("", []);
  byId("elements").replaceChildren();
  stage.say(node("strong", {}, "No page was viewed yet"), node("span", {}, "Pages show here once they carry the tracker and are visited. ", node("a", { href: "/" }, "Make some traffic")));
}

/** A page that does not allow frames, or has no tracker, cannot say so. */
function silent() {
  byId("notice").replaceChildren(node("div", { class: "notice warn", role: "alert" },
    node("p", {}, node("strong", {}, "The page does not show the overlay here. "), "It may not be there, may not carry the tracker, or may not allow to be shown in a frame (its policy's frame-ancestors, or X-Frame-Options). “Open on the live page” needs no frame.")));
}

function failed(error) {
  if (error.kind === "key" || error.kind === "scope") {
    return askForKey(byId("heatmap"), error, () => location.reload());
  }
  opened = listed = "";
  byId("elements").replaceChildren();
  stage.say(node("strong", {}, "There is nothing to show"), node("span", {}, "The message above says why."));
  const again = () => {
    forgetAnswers();
    byId("notice").replaceChildren();
    refresh();
  };
  byId("notice").replaceChildren(node("div", { class: "notice bad", role: "alert" }, node("p", {}, sentence(error.message)), node("button", { class: "button", type: "button", onclick: again }, "Try again")));
  if (!error.kind) throw error;
}

function showControls() {
  for (const name of ["mode", "device"]) {
    for (const button of document.querySelectorAll(`[data-${name}]`)) button.setAttribute("aria-pressed", String(button.dataset[name] === state.get(name)));
  }
  byId("period").value = state.get("period");
  byId("path").value = path() ?? "";
  document.title = `${path() ?? ""} heatmap · Clickpath`;
  const link = byId("live-page");
  if (token && path()) link.href = pageAddress({}).href;
  else link.removeAttribute("href");
}

for (const name of ["mode", "device"]) {
  for (const button of document.querySelectorAll(`[data-${name}]`)) button.addEventListener("click", () => state.set({ [name]: button.dataset[name] }));
}
byId("period").addEventListener("change", ({ target }) => state.set({ period: target.value }));
const choosePath = () => {
  const chosen = byId("path").value.trim();
  // A whole address is its path and query.
  const given = URL.canParse(chosen) ? new URL(chosen) : new URL(chosen || "/", "https://any.example");
  state.set({ path: given.pathname + given.search });
};
byId("path").addEventListener("change", choosePath);
byId("controls").addEventListener("submit", (event) => {
  event.preventDefault();
  choosePath();
});
state.onChange(() => {
  byId("notice").replaceChildren();
  refresh();
});
setInterval(() => token && renew().then(showControls, (error) => console.warn("clickpath: no new token:", error)), RENEW_MS);

try {
  const { sites, default_site: standard } = await getJson("/overview/");
  const names = sites.map(({ name }) => name);
  const site = state.get("site") ?? standard ?? names[0];
  if (names.length > 1) showSites(names, site, (name) => {
    paths = [];
    state.set({ site: name, path: undefined });
  });
  else keepSite(state.get("site"));
  if (site !== state.get("site") && standard === null) state.set({ site }, { replace: true });
} catch (error) {
  console.warn("clickpath: the sites are not known:", error);
}
refresh();
