// Events per minute as stacked bars, one bar a minute, drawn into one SVG.

import { node, svg } from "./node.js";
import { instant } from "./reports.js";

const series = [
  { key: "page_views", one: "page view", name: "page views" },
  { key: "element_views", one: "element view", name: "element views" },
  { key: "clicks", one: "click", name: "clicks" },
  { key: "other_events", one: "other event", name: "other events" },
];
const HEIGHT = 220;
const MARGIN = { top: 12, right: 4, bottom: 26, left: 44 };
const MINUTE_MS = 60_000;

const box = document.getElementById("minutes-chart");
const readout = document.getElementById("minutes-readout");
const legend = document.getElementById("minutes-legend");
const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

const chart = svg("svg", { height: HEIGHT, tabindex: 0, role: "img" });

let minutes = [];
/** The minute under pointer or keyboard, milliseconds; without one the readout shows the current minute. */
let chosen;

export function showMinutes(rows) {
  const now = Date.now();
  minutes = rows.map(read).filter(({ at, events }) => at <= now || events > 0);
  draw();
}

box.append(chart);
new ResizeObserver(draw).observe(box);
box.addEventListener("pointermove", (event) => choose(event.target.closest("[data-at]")?.dataset.at));
box.addEventListener("pointerleave", () => choose(undefined));
box.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step || minutes.length === 0) return;
  event.preventDefault();
  const from = minutes.findIndex(({ at }) => at === chosen);
  const to = from < 0 ? minutes.length - 1 : Math.min(minutes.length - 1, Math.max(0, from + step));
  choose(minutes[to].at);
});
box.addEventListener("focusout", () => choose(undefined));

function read(row) {
  const counts = Object.fromEntries(series.map(({ key }) => [key, Number(row[key])]));
  return { at: instant(row.minute).getTime(), events: Number(row.events), ...counts };
}

function choose(at) {
  chosen = at === undefined ? undefined : Number(at);
  for (const bar of box.querySelectorAll("[data-at]")) bar.classList.toggle("chosen", Number(bar.dataset.at) === chosen);
  showReadout();
}

function draw() {
  const width = box.clientWidth;
  if (width === 0 || minutes.length === 0) return;
  const top = niceTop(Math.max(...minutes.map(({ events }) => events)));
  const scale = scales(width, top);
  const total = minutes.reduce((sum, { events }) => sum + events, 0);
  chart.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  chart.setAttribute("aria-label", `Events per minute: ${total} in ${minutes.length} minutes. Arrow keys read single minutes.`);
  chart.replaceChildren(...grid(width, top, scale), ...minutes.map((minute, index) => bar(minute, scale.x(index), scale)), ...timeLabels(scale));
  showReadout();
  showLegend();
}

function scales(width, top) {
  const step = (width - MARGIN.left - MARGIN.right) / minutes.length;
  const depth = HEIGHT - MARGIN.top - MARGIN.bottom;
  return {
    step,
    x: (index) => MARGIN.left + index * step,
    y: (count) => MARGIN.top + depth * (1 - count / top),
  };
}

/** The smallest of 4, 8, 20, 40, 80, 200, … that holds the count: quarters of it are whole numbers. */
function niceTop(count) {
  let top = 4;
  for (let turn = 0; top < count; turn += 1) top *= turn % 3 === 1 ? 2.5 : 2;
  return top;
}

function grid(width, top, scale) {
  return [0, 0.25, 0.5, 0.75, 1].flatMap((part) => {
    const y = Math.round(scale.y(top * part)) + 0.5;
    const label = svg("text", { x: MARGIN.left - 10, y: y + 4, "text-anchor": "end" }, compact(top * part));
    return [svg("line", { class: "grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: y, y2: y }), label];
  });
}

function bar(minute, x, scale) {
  const gap = scale.step > 12 ? 3 : 1;
  let below = 0;
  const parts = series.filter(({ key }) => minute[key] > 0).map(({ key }) => {
    const from = below;
    below += minute[key];
    const y = scale.y(below);
    return svg("rect", { class: key, x: x + gap / 2, y, width: scale.step - gap, height: Math.max(0.5, scale.y(from) - y) });
  });
  const ground = svg("rect", { class: "ground", x, y: MARGIN.top, width: scale.step, height: HEIGHT - MARGIN.top - MARGIN.bottom });
  return svg("g", { "data-at": minute.at, class: minute.at === chosen ? "chosen" : "" }, ground, ...parts);
}

function timeLabels(scale) {
  const every = scale.step * 5 > 60 ? 5 : 10;
  return minutes.flatMap(({ at }, index) => {
    if ((at / MINUTE_MS) % every !== 0) return [];
    return svg("text", { x: scale.x(index) + scale.step / 2, y: HEIGHT - 6, "text-anchor": "middle" }, time.format(at));
  });
}

function showReadout() {
  const minute = minutes.find(({ at }) => at === chosen) ?? minutes.findLast(({ at }) => at <= Date.now());
  if (!minute) return;
  const parts = series.filter(({ key }) => minute[key] > 0).map(({ key, one, name }) => `${minute[key]} ${minute[key] === 1 ? one : name}`);
  const when = chosen === undefined ? "This minute" : time.format(minute.at);
  readout.textContent = `${when}: ${parts.join(", ") || "nothing"}`;
}

function showLegend() {
  const sums = series.map(({ key, name }) => ({ key, name, sum: minutes.reduce((sum, minute) => sum + minute[key], 0) }));
  legend.replaceChildren(...sums.map(({ key, name, sum }) =>
    node("li", { class: key }, node("strong", {}, sum.toLocaleString("en-GB")), ` ${name}`)));
}

function compact(number) {
  return Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 1 }).format(number);
}
