// The head numbers with their change, and the line of the one that is chosen.
import { node } from "../lib/dom.js";
import { change, count, day, duration, moment, money, share, short, instant } from "../lib/format.js";
import { drawChart, legend } from "./chart.js";
import { plusDays } from "./period.js";
import { TRENDS } from "./schema.js";

const seconds = (text) => instant(text).getTime() / 1_000;
const sum = (rows, name) => rows.reduce((total, row) => total + Number(row[name] ?? 0), 0);

/** Of each head number: metric, its value of an answer, how it is written, and its line: metric and column by day. `worse`: more is worse. */
const NUMBERS = {
  visitors: { metric: "users", value: ({ data }) => data[0]?.users, format: count, line: ["dau", "users"] },
  sessions: { metric: "session_duration", value: ({ data }) => data[0]?.sessions, format: count, line: ["sessions", "sessions"] },
  views: { metric: "page_views", value: ({ data }) => sum(data, "page_views"), format: count, line: ["page_views", "page_views"] },
  bounce: { metric: "bounce_rate", value: ({ data }) => data[0]?.bounce_rate, format: (value) => share(value), worse: true, line: ["sessions", "bounce_rate"] },
  length: { metric: "session_duration", value: ({ data }) => data[0]?.mean_ms, format: duration, line: ["sessions", "mean_ms"] },
  orders: { metric: "orders", value: ({ data }) => data[0]?.created, format: count, line: ["revenue_by_day", "orders"] },
  revenue: { metric: "revenue", value: ({ data }) => mainCurrency(data)?.net_revenue, format: (value, answer, options) => money(value, mainCurrency(answer?.data)?.currency ?? "", options), line: ["revenue_by_day", "revenue"] },
};

/** The row of the currency with the most orders: amounts of two are never added. */
export const mainCurrency = (rows) => rows?.toSorted((one, other) => Number(other.orders ?? other.orders_ever_paid) - Number(one.orders ?? one.orders_ever_paid))[0];

export function overview(state, Card) {
  const tiles = node("div", { class: "tiles", role: "group", "aria-label": "Head numbers" });
  const chart = node("div", { class: "chart-holder" });
  const key = node("div", {});
  const metrics = ({ trend }) => [...new Set([NUMBERS[trend].line[0], NUMBERS[trend].metric])];
  return new Card({
    id: "overview",
    title: "Overview",
    wide: "full overview",
    metrics: (context) => (context ? metrics({ trend: state.get("trend") }) : ["dau"]),
    head: [key],
    // The line first: it is what people look at. The numbers follow one by one, and then those of the period before.
    ask: (context) => context.report(lineOf(context)),
    draw(body, current, context) {
      if (tiles.parentElement !== body) body.replaceChildren(tiles, chart);
      const show = (before) => {
        const line = context.period.days > 1 ? byDay(current, before, context, state) : byMinutes(current, before, context);
        key.replaceChildren(...(line.series.length > 1 ? [legend(line.series)] : []));
        drawChart(chart, { ...line, height: 240, width: body.clientWidth });
      };
      show(undefined);
      const numbers = fill(tiles, state, context);
      if (!context.compares) return;
      const note = (text) => context.isCurrent() && key.replaceChildren(node("p", { class: "soft small", id: "not-compared" }, `Not compared: ${text}`));
      context.before().then(({ isWhole, firstVisit }) => !isWhole && note(nothingBefore(firstVisit, context)), () => {}); // All that follow say the same.
      Promise.all([context.previously(lineOf(context)).then((before) => before && context.isCurrent() && show(before)), numbers.compare()])
        .catch((error) => error.name !== "AbortError" && note(error.message));
    },
  });
  function lineOf({ period }) {
    return period.days > 1 ? NUMBERS[state.get("trend")].line[0] : "events_per_minute";
  }
}

/** Half a period beside a whole one would be a rise that nobody made. */
function nothingBefore(firstVisit, { zone, period }) {
  if (!firstVisit) return "no visits before";
  return `the first visit was on ${moment(firstVisit, zone, { day: "numeric", month: "short", ...(period.days === 1 && { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }) })}`;
}

/** Asks for the numbers of now; `compare()` of what it gives asks for those before, and fails where they do. */
function fill(tiles, state, context) {
  const answers = [];
  const put = (place, element) => {
    const before = tiles.children[place];
    const hadFocus = before && before === document.activeElement;
    if (before) before.replaceWith(element);
    else tiles.append(element);
    if (hadFocus) element.focus({ preventScroll: true });
  };
  const failed = (place) => (error) => {
    if (!context.isCurrent() || error.name === "AbortError") return;
    if (error.kind === "key" || error.kind === "scope") return context.denied(error);
    const [name, number] = Object.entries(NUMBERS)[place];
    put(place, tile(name, number, undefined, undefined, state, error.message));
  };
  for (const [place, [name, number]] of Object.entries(NUMBERS).entries()) {
    const shown = tiles.children[place];
    if (shown) shown.setAttribute("aria-pressed", String(state.get("trend") === name));
    else put(place, tile(name, number, undefined, undefined, state));
    answers.push(context.reportOf(number.metric, "current"));
    // What is asked again by itself changes at once when both are there.
    const waits = context.isQuiet && context.compares;
    answers[place].then((now) => context.isCurrent() && !waits && put(place, tile(name, number, now, undefined, state)), failed(place));
  }
  const compare = ([name, number], place) =>
    Promise.allSettled([answers[place], context.previously(number.metric)]).then(([now, before]) => {
      if (context.isCurrent() && now.value) put(place, tile(name, number, now.value, before.value, state));
      if (before.reason) throw before.reason;
    });
  return { compare: () => Promise.all(Object.entries(NUMBERS).map(compare)) };
}

function tile(name, { value, format, worse }, now, before, state, failure) {
  const [current, previous] = [now && value(now), before && value(before)];
  const isChosen = state.get("trend") === name;
  const ratio = before && Number(previous) > 0 && current !== null && current !== undefined ? current / previous - 1 : undefined;
  const tone = ratio === undefined || Math.abs(ratio) < 0.005 ? "" : ratio > 0 === !worse ? "good" : "bad";
  return node("button", { class: "tile", type: "button", "data-number": name, "data-value": current ?? "", title: failure, "aria-pressed": String(isChosen), onclick: () => state.set({ trend: name }) },
    node("span", { class: "tile-name" }, TRENDS[name]),
    node("span", { class: "tile-value" }, now ? format(current, now, { compact: true }) : failure ? "–" : "…"),
    before ? node("span", { class: `tile-change ${tone}`, title: `Before: ${format(previous, before)}` }, ratio === undefined ? "nothing before" : change(ratio)) : undefined);
}

function byDay(current, previous, { period }, state) {
  const name = state.get("trend");
  const [, column] = NUMBERS[name].line;
  const currency = name === "revenue" ? mainCurrency(Object.values(Object.groupBy(current.data, (row) => row.currency)).map((rows) => ({ currency: rows[0].currency, orders: sum(rows, "orders") })))?.currency : undefined;
  const find = (answer, from) => {
    const rows = Map.groupBy(answer.data.filter((row) => currency === undefined || row.currency === currency), (row) => row.day);
    return Array.from({ length: period.days }, (_, index) => {
      const found = rows.get(plusDays(from, index));
      if (!found) return ["orders", "revenue"].includes(name) ? 0 : null;
      return found[0][column] === null ? null : sum(found, column);
    });
  };
  const days = Array.from({ length: period.days }, (_, index) => plusDays(period.first, index));
  const format = (value, options) => NUMBERS[name].format(value, { data: [{ currency, orders: 1 }] }, options);
  const axis = (value, options) => (options?.axis && !["revenue", "bounce", "length"].includes(name) ? short(value) : format(value, options));
  const partial = period.isOpen && days.length > 1 ? " (today so far)" : "";
  return {
    name: `${TRENDS[name]} by day`,
    times: days.map((_, index) => index),
    labels: days.map((text) => day(text)),
    describe: (_, index) => `${day(days[index], { weekday: "short", day: "numeric", month: "short" })}${index === days.length - 1 ? partial : ""}`,
    format: axis,
    series: [
      { label: TRENDS[name], values: find(current, period.first), token: "--series-1", fill: true, format: axis },
      ...(previous ? [{ label: "Period before", values: find(previous, period.previousFirst), token: "--series-6", dashed: true, format: axis }] : []),
    ],
  };
}

/** One day has no line by day: events by the quarter of an hour. */
function byMinutes(current, previous, { period, zone }) {
  const QUARTER = 900;
  const quarters = (rows, column) => {
    const places = [];
    for (const [index, row] of rows.entries()) places[Math.floor(index / 15)] = (places[Math.floor(index / 15)] ?? 0) + Number(row[column]);
    return places;
  };
  const start = current.data.length > 0 ? seconds(current.data[0].minute) : 0;
  const views = quarters(current.data, "page_views");
  const clicks = quarters(current.data, "clicks");
  const before = previous && quarters(previous.data, "page_views");
  const fit = (values) => Array.from({ length: views.length }, (_, index) => values[index] ?? null);
  return {
    name: `Page views and clicks by the quarter of an hour, ${day(period.first)}`,
    times: views.map((_, index) => start + index * QUARTER),
    zone,
    describe: (time) => moment(new Date(time * 1_000), zone, { timeStyle: "short" }),
    format: (value) => short(value),
    series: [
      { label: "Page views", values: views, token: "--series-1", fill: true },
      { label: "Clicks on elements", values: fit(clicks), token: "--series-3" },
      ...(before ? [{ label: "Page views, period before", values: fit(before), token: "--series-6", dashed: true }] : []),
    ],
  };
}
