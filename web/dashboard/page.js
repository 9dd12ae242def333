import { catalogue, forgetAnswers, report } from "../lib/api.js";
import { byId, debounced, node } from "../lib/dom.js";
import { showIgnored, showSites } from "../lib/frame.js";
import { instant, sentence } from "../lib/format.js";
import { askForKey } from "../lib/sign-in.js";
import { UrlState } from "../lib/state.js";
import { Card } from "./card.js";
import { setUpFilters, setUpToolbar } from "./controls.js";
import { liveStrip } from "./live.js";
import { overview } from "./overview.js";
import { daysBetween, fault, longBefore, periodOf, plusDays, wasThere } from "./period.js";
import { browserZone, FILTERS, schema } from "./schema.js";
import { bots, clickThrough, errors, funnel, latency, orders, products } from "./shop.js";
import { signalStrip } from "./signals.js";
import { pages, people, places, retention, sources, technology } from "./visits.js";

const REFRESH_MS = 60_000;
/** Other cards wait so long for the first one's chart, which is what people look at. */
const FIRST_MS = 1_000;
const DAY_MS = 86_400_000;
const holder = byId("dashboard");
const whole = [...holder.childNodes];
const state = new UrlState(schema);
const metrics = new Map();
let known = { sites: [] };
let asked = new AbortController();
let isIn = false;

begin();

async function begin() {
  const ignored = [...state.ignored];
  if (state.get("period") === "custom" && fault(state.get("from"), state.get("to"), state.get("tz") ?? "UTC")) {
    ignored.push(`the custom period: ${fault(state.get("from"), state.get("to"), state.get("tz") ?? "UTC")}`);
    state.set({ period: "7d", from: undefined, to: undefined }, { replace: true });
  }
  try {
    known = await catalogue();
  } catch (error) {
    return error.kind === "key" || error.kind === "scope" ? denied(error) : failed(error);
  }
  for (const metric of known.metrics) metrics.set(metric.name, metric);
  const site = state.get("site");
  if (site && known.sites.length > 0 && !known.sites.includes(site)) ignored.push(`site=${site}, which is not here`);
  // All that the numbers depend on stands in the address, so that it shows others the same.
  state.set({ site: known.sites.includes(site) ? site : known.sites[0], tz: state.get("tz") ?? browserZone() }, { replace: true });
  isIn = true;
  build();
  showIgnored(ignored);
}

let cards = [];
let signals, live;

function build() {
  holder.replaceChildren(...whole);
  if (cards.length > 0) return refresh();
  setUpToolbar(byId("toolbar"), state);
  setUpFilters(byId("filters"), state);
  live = liveStrip(denied);
  signals = signalStrip();
  cards = [overview, sources, pages, places, technology, people, funnel, clickThrough, orders, products, retention, bots, latency, errors].map((make) => make(state, Card));
  byId("cards").replaceChildren(signals.lines, live.element, signals.element, ...cards.map(({ element }) => element));
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      cards.find(({ element }) => element === target).want();
    }
  }, { rootMargin: "300px" });
  cards[0].want();
  for (const { element } of cards) near.observe(element);
  addEventListener("beforeprint", () => cards.forEach((card) => card.want()));
  state.onChange(() => isIn && (showIgnored([]), refresh()));
  setInterval(() => {
    if (document.hidden || !isIn || !periodOf(state.values).isOpen) return;
    forgetAnswers();
    refresh({ quiet: true });
  }, REFRESH_MS);
  refresh();
}

let watched;

function refresh({ quiet = false } = {}) {
  asked.abort();
  asked = new AbortController();
  const context = contextOf(asked.signal, quiet);
  showSites(known.sites, state.get("site"), (site) => state.set({ site }));
  document.title = `${state.get("site") ?? ""} dashboard · Clickpath`;
  byId("summary").textContent = `${state.get("site")} · ${context.period.first} – ${context.period.last} · ${state.get("tz")}`;
  const now = `${state.get("site")} ${state.get("bots")}`;
  if (watched !== now) live.watch(state.get("site"), state.get("bots"));
  watched = now;
  const [first, ...others] = cards;
  const after = Promise.race([first.refresh(context, { quiet }), pause(FIRST_MS)]);
  // What stands above the fold asks first: questions are answered in their order.
  after.then(() => context.isCurrent() && signals.refresh(context));
  for (const card of others) card.refresh(context, { quiet, after });
  if (!quiet) said(`Showing ${context.period.first} to ${context.period.last}`);
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const said = debounced((text) => { byId("said").textContent = text; }, 400);

/** What a card asks with. */
function contextOf(signal, isQuiet) {
  const period = periodOf(state.values);
  const filters = Object.fromEntries(Object.keys(FILTERS).filter((name) => state.get(name)).map((name) => [name, state.get(name)]));
  const knows = (metric, filter) => metrics.get(metric)?.filters.some(({ name }) => name === filter) ?? false;
  const parameters = (metric, which = "current") => ({
    site: state.get("site"),
    tz: state.get("tz"),
    bots: state.get("bots"),
    ...period[which],
    ...Object.fromEntries(Object.entries(filters).filter(([name]) => knows(metric, name))),
  });
  const reportOf = (metric, which, more, { limit } = {}) => report(metric, { ...parameters(metric, which), limit, ...more }, signal);
  let before;
  // Of bots too and whatever filter is on: what matters is whether events came at all.
  async function askBefore() {
    const from = longBefore(period);
    const { data: [events], parameters: asked } = await report("events", { site: state.get("site"), tz: state.get("tz"), bots: "1", from, to: period.previous.to }, signal);
    const firstVisit = events?.first_at ? instant(events.first_at) : undefined;
    const begins = instant(asked.from).getTime() + daysBetween(from, period.previousFirst) * DAY_MS;
    return { isWhole: wasThere(firstVisit, begins, period), firstVisit };
  }
  return {
    period,
    filters,
    knows,
    parameters,
    reportOf,
    report: (metric, more) => reportOf(metric, "current", more),
    isQuiet,
    compares: state.get("compare") === "1",
    /** `{ isWhole, firstVisit }`: whether the site was there all through the period before. */
    before: () => (before ??= askBefore()),
    /** What a report says of the period before; nothing where the site was not there all through it. */
    async previously(metric) {
      const [{ isWhole }, answer] = await Promise.all([this.before(), reportOf(metric, "previous")]);
      return isWhole ? answer : undefined;
    },
    zone: state.get("tz"),
    catalogue: metrics,
    days: () => Array.from({ length: period.days }, (_, index) => plusDays(period.first, index)),
    denied,
    isCurrent: () => !signal.aborted,
    shown: (card) => document.documentElement.dataset.shown ??= card.id,
  };
}

function denied(error) {
  // Every question under way is refused: the first one asks for the key.
  if (holder.querySelector(".sign-in")) return;
  isIn = false;
  asked.abort();
  live?.stop();
  watched = undefined;
  byId("site-picker").parentElement.hidden = true;
  askForKey(holder, error, () => {
    holder.replaceChildren();
    begin();
  });
}

function failed(error) {
  const again = node("button", { class: "button primary", type: "button", onclick: begin }, "Try again");
  holder.replaceChildren(node("div", { class: "card state failed", role: "alert" }, node("strong", {}, "The dashboard cannot ask the gateway"), node("span", {}, sentence(error.message)), again));
  if (error.retryAfterMs) setTimeout(() => again.isConnected && begin(), error.retryAfterMs);
}
