// Elements with their views, clicks and click-through rate, sorted by the column the reader chose.

import { node, svg } from "./node.js";

const body = document.getElementById("elements");
const head = document.querySelector(".elements thead");
let elements = [];
let sorting = { key: "clicks", descending: true };

export function showElements(rows) {
  elements = rows.map((row) => ({
    element_id: row.element_id,
    views: Number(row.views),
    clicks: Number(row.clicks),
    ctr: row.ctr === null ? null : Number(row.ctr),
  }));
  draw();
}

head.addEventListener("click", (event) => {
  const key = event.target.closest("[data-sort]")?.dataset.sort;
  if (!key) return;
  const descending = sorting.key === key ? !sorting.descending : key !== "element_id";
  sorting = { key, descending };
  for (const cell of head.querySelectorAll("th")) {
    if (cell.querySelector(`[data-sort="${key}"]`)) cell.setAttribute("aria-sort", descending ? "descending" : "ascending");
    else cell.removeAttribute("aria-sort");
  }
  draw();
});

function draw() {
  if (elements.length === 0) {
    body.replaceChildren(node("tr", {}, node("td", { colspan: 4, class: "none" }, "No element was seen or clicked yet.")));
    return;
  }
  body.replaceChildren(...elements.toSorted(compare).map(row));
}

function compare(one, other) {
  const { key, descending } = sorting;
  const order = key === "element_id" ? one[key].localeCompare(other[key]) : (one[key] ?? -1) - (other[key] ?? -1);
  return (descending ? -order : order) || other.views - one.views;
}

function row({ element_id, views, clicks, ctr }) {
  return node("tr", {},
    node("th", { scope: "row", title: element_id }, element_id),
    node("td", { class: "number" }, views.toLocaleString("en-GB")),
    node("td", { class: "number" }, clicks.toLocaleString("en-GB")),
    node("td", { class: "rate" }, ...rate(ctr)));
}

function rate(ctr) {
  if (ctr === null) return [node("span", { class: "percent", title: "Clicked, but not seen for a second before" }, "–")];
  const bar = svg("svg", { class: "bar", "aria-hidden": "true" },
    svg("rect", { class: "ground", width: "100%", height: "100%", rx: 3 }),
    svg("rect", { class: "clicks", width: `${Math.min(100, ctr * 100)}%`, height: "100%", rx: 3 }));
  return [bar, node("span", { class: "percent" }, `${(ctr * 100).toFixed(1)} %`)];
}
