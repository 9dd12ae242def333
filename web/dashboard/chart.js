// Lines over time, drawn by uPlot, with a readout for pointer and keyboard, and a table for those who see none.
import uPlot from "uplot";
import { node } from "../lib/dom.js";
import { moment } from "../lib/format.js";
import { color, onTheme } from "../lib/theme.js";

const drawn = new WeakMap();
/** For `cargo xtask bench dashboard`. */
const FIRST = "clickpath-first-chart";
const FONT = "12px system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif";

/**
 * Into `holder`: `times` are seconds since 1970 or, with `labels`, mere places. Series: { label, values, token, format, dashed, fill, bars }.
 * `zone` is that of the times on the axis, `name` what the chart shows.
 */
export function drawChart(holder, { times, labels, series, zone, height = 220, name, format, describe, width: given }) {
  drawn.get(holder)?.destroy();
  const canvas = node("div", { class: "chart-canvas" });
  const readout = node("div", { class: "chart-readout", hidden: true });
  const frame = node("div", { class: "chart", tabindex: "0", role: "group", "aria-roledescription": "chart", "aria-label": `${name}. ${summary(series, labels, times, describe)} Arrow keys read point by point; Details has the table.` }, canvas, readout);
  const said = node("p", { class: "visually-hidden", role: "status" });
  holder.replaceChildren(frame, said);
  let plot;
  let size = given ?? holder.clientWidth;
  const at = (index) => describe(times[index], index);
  const lines = (index) => series.map(({ label, values, format: own }) => [label, (own ?? format)(values[index])]);
  const show = (index) => {
    readout.hidden = index === null || index === undefined;
    if (readout.hidden) return;
    readout.replaceChildren(node("strong", {}, at(index)), ...lines(index).map(([label, value], place) =>
      node("span", { class: "readout-line" }, node("i", { class: `dot dot-${series[place].token.at(-1)}` }), node("span", {}, label), node("b", {}, value))));
    const left = plot.valToPos(plot.data[0][index], "x");
    readout.classList.toggle("at-left", left > plot.over.clientWidth / 2);
    readout.style.setProperty("--at", `${left + plot.bbox.left / devicePixelRatio}px`);
  };
  const make = () => {
    plot?.destroy();
    plot = new uPlot(options({ size, height, series, zone, labels, format, show, times }), [times, ...series.map(({ values }) => values)], canvas);
  };
  make();
  if (performance.getEntriesByName(FIRST).length === 0) requestAnimationFrame(() => performance.mark(FIRST));
  const resize = new ResizeObserver(() => {
    const now = holder.clientWidth;
    if (now === size || now === 0) return;
    size = now;
    plot.setSize({ width: size, height });
  });
  resize.observe(holder);
  const unhear = onTheme(make);
  frame.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const last = times.length - 1;
    const from = plot.cursor.idx ?? (steps[event.key] > 0 ? -1 : times.length);
    const index = Math.min(last, Math.max(0, from + steps[event.key]));
    plot.setCursor({ left: plot.valToPos(times[index], "x"), top: 10 });
    show(index);
    said.textContent = `${at(index)}: ${lines(index).map(([label, value]) => `${label} ${value}`).join(", ")}`;
  });
  frame.addEventListener("blur", () => show(null));
  drawn.set(holder, { destroy() { resize.disconnect(); unhear(); plot.destroy(); } });
}

/** As wide as the longest label, so that none is cut. */
function width(self, labels) {
  if (!labels) return 40;
  self.ctx.save();
  self.ctx.font = FONT;
  const widest = Math.max(...labels.map((label) => self.ctx.measureText(label).width));
  self.ctx.restore();
  return Math.ceil(widest) + 14;
}

function options({ size, height, series, zone, labels, format, show, times }) {
  const [soft, line] = [color("--soft"), color("--line")];
  const axis = { stroke: soft, font: FONT, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  const dates = labels ? { values: (_, splits) => splits.map((place) => labels[Math.round(place)] ?? ""), splits: (self) => spread(labels.length, Math.max(2, Math.floor(self.width / 90))) } : { space: 76, values: (_, splits) => splits.map((seconds) => tick(seconds, zone)) };
  return {
    width: size,
    height,
    tzDate: zone && ((seconds) => uPlot.tzDate(new Date(seconds * 1_000), zone)),
    legend: { show: false },
    padding: [8, 20, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: { x: { time: !labels, range: labels && rangeOf(times.length, series) }, y: { range: (_, low, high) => [0, high > 0 ? high * 1.1 : 4] } },
    axes: [
      { ...axis, ...dates, grid: { show: false }, size: 28, gap: 6 },
      { ...axis, size: width, gap: 6, space: 44, values: (_, splits) => splits.map((value) => format(value, { axis: true })) },
    ],
    series: [{}, ...series.map(({ label, token, dashed, fill, bars }) => ({
      label,
      stroke: color(token),
      width: dashed ? 1.5 : 2,
      dash: dashed ? [5, 5] : undefined,
      fill: fill ? `color-mix(in srgb, ${color(token)} 14%, transparent)` : bars ? color(token) : undefined,
      paths: bars ? uPlot.paths.bars({ size: [0.7, 40], radius: 0.15 }) : uPlot.paths.spline(),
      points: { show: times.length < 3, size: 7 },
      spanGaps: false,
    }))],
    hooks: { setCursor: [(self) => show(self.cursor.left >= 0 ? self.cursor.idx : null)] },
  };
}

/** Bars stand around their place: half a place at both ends keeps the first and the last whole. */
function rangeOf(length, series) {
  if (series.some(({ bars }) => bars)) return [-0.6, length - 0.4];
  return length === 1 ? [-1, 1] : [0, length - 1];
}

/** A time on the axis: the hour within a day, else the day. */
function tick(seconds, zone) {
  const date = new Date(seconds * 1_000);
  const hour = moment(date, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return hour === "00:00" ? moment(date, zone, { day: "numeric", month: "short" }) : hour;
}

/** Places of at most `count` labels among `total`, evenly. */
function spread(total, count) {
  const step = Math.max(1, Math.ceil(total / count));
  return Array.from({ length: Math.ceil(total / step) }, (_, index) => index * step);
}

function summary(series, labels, times, describe) {
  if (times.length === 0) return "No values.";
  const said = series.filter(({ dashed }) => !dashed).map(({ label, values, format }) => {
    const numbers = values.filter((value) => value !== null && value !== undefined);
    const text = (value) => (format ? format(value) : String(Math.round(value * 100) / 100));
    return `${label}: lowest ${text(Math.min(...numbers))}, highest ${text(Math.max(...numbers))}, last ${text(numbers.at(-1))}.`;
  });
  return `From ${describe(times[0], 0)} to ${describe(times.at(-1), times.length - 1)}. ${said.join(" ")}`;
}

/** Names and colours of a chart's lines. */
export const legend = (series) =>
  node("p", { class: "legend" }, ...series.map(({ label, token, dashed }) => node("span", {}, node("i", { class: `dot dot-${token.at(-1)} ${dashed ? "dashed" : ""}` }), label)));
