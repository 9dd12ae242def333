// Common paths, drawn: a column for each step, a box for each page, bands as wide as many went that way.
import { node, svg } from "../lib/dom.js";
import { count, counted, share } from "../lib/format.js";
import { OTHERS, layOut } from "./layout.js";

const STEPS = 5;
const HEIGHT = 360;
const GAP = 30;
const BOX = 12;
const LABEL = 17;
const NAMES = ["First page", "Second", "Third", "Fourth", "Fifth"];

/** Into `container`; `choose(step, path)` is called for a box that was chosen. False when there is nothing to draw. */
export function drawFlow(container, rows, { chosen, choose }) {
  const { columns, links, total } = layOut(rows, { steps: STEPS, height: HEIGHT, gap: GAP });
  if (total === 0) return false;
  const width = Math.max(container.clientWidth - 2, columns.length * 170);
  const step = width / columns.length;
  const x = (node) => (node.step - 1) * step;
  const bottom = Math.max(...columns.flat().map((node) => node.y + node.height)) + 4;
  const top = 2 * LABEL + 4;
  const drawing = svg("svg", { class: "flow", viewBox: `0 0 ${width} ${top + bottom}`, width, height: top + bottom, role: "presentation" },
    ...columns.map((_, index) => svg("text", { class: "flow-step", x: index * step, y: 12 }, NAMES[index])),
    svg("g", { transform: `translate(0 ${top})` },
      ...links.map((link) => band(link, x)),
      ...columns.flat().map((one) => box(one, { x: x(one), room: step - 28, total, chosen, choose }))));
  container.replaceChildren(drawing, table(columns, total));
  return true;
}

function band({ from, to, sessions, y0, y1, height }, x) {
  const [left, right] = [x(from) + BOX, x(to)];
  const middle = (left + right) / 2;
  const path = `M${left} ${y0}C${middle} ${y0} ${middle} ${y1} ${right} ${y1}v${height}C${middle} ${y1 + height} ${middle} ${y0 + height} ${left} ${y0 + height}z`;
  return svg("path", { class: "flow-band", d: path }, svg("title", {}, `${name(from)} → ${name(to)}: ${counted(sessions, "session")}, ${share(sessions / from.sessions)} of those there`));
}

function box(one, { x, room, total, chosen, choose }) {
  const isChosen = chosen && chosen.step === one.step && chosen.page === one.path;
  const isFixed = one.path === OTHERS;
  const label = fitted(name(one), room - 40);
  const part = share(one.sessions / total, 0);
  // It begins with what stands there, so that it can be said to a voice control.
  const text = `${label} ${part}: ${one.path === OTHERS ? "" : `${one.path}, `}step ${one.step}, ${counted(one.sessions, "session")}, ${share(one.left / one.sessions, 0)} ended there`;
  const act = () => choose(one.step, one.path);
  const pressed = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    act();
  };
  const given = isFixed ? {} : { role: "button", tabindex: 0, "aria-pressed": String(Boolean(isChosen)), "aria-label": text, onclick: act, onkeydown: pressed };
  const stay = one.height * (1 - one.left / one.sessions);
  return svg("g", { class: `flow-node${isChosen ? " chosen" : ""}${isFixed ? " others" : ""}`, transform: `translate(${x} ${one.y})`, ...given },
    svg("rect", { class: "flow-hit", x: 0, y: -LABEL - 2, width: room, height: Math.max(one.height, 8) + LABEL + 2 }),
    svg("rect", { class: "flow-box", width: BOX, height: one.height, rx: 2 }),
    one.left > 0 && svg("rect", { class: "flow-left", y: stay, width: BOX, height: one.height - stay, rx: 2 }),
    svg("text", { class: "flow-name", x: 0, y: -5 }, label, svg("tspan", { class: "flow-share" }, ` ${part}`)));
}

const name = ({ path, pages }) => (path === OTHERS ? `${pages} other pages` : path);

/** The end of an address tells pages apart. */
function fitted(text, room) {
  const letters = Math.max(6, Math.floor(room / 7));
  return text.length <= letters ? text : `…${text.slice(text.length - letters + 1)}`;
}

function table(columns, total) {
  const rows = columns.flat().map((one) => node("tr", {},
    node("td", { class: "number" }, String(one.step)),
    node("th", { scope: "row" }, name(one)),
    node("td", { class: "number" }, count(one.sessions)),
    node("td", { class: "number" }, share(one.sessions / total)),
    node("td", { class: "number" }, share(one.left / one.sessions))));
  const head = ["Step", "Page", "Sessions", "Of all", "Ended there"].map((title, index) => node("th", { scope: "col", class: index === 1 ? undefined : "number" }, title));
  return node("details", { class: "flow-table" }, node("summary", {}, "As a table"), node("table", { class: "table" }, node("thead", {}, node("tr", {}, ...head)), node("tbody", {}, ...rows)));
}
