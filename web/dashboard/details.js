// What stands behind a card: definition, every row, CSV and the query itself.
import { address, key, report, request } from "../lib/api.js";
import { node } from "../lib/dom.js";
import { count, duration, sentence, share } from "../lib/format.js";

const ROWS = 1_000;

export function openDetails(title, metrics, context) {
  const body = node("div", { class: "dialog-body" });
  const close = () => dialog.close();
  const tabs = node("div", { class: "segmented", role: "group", "aria-label": "Report" });
  const dialog = node("dialog", { "aria-label": title, onclose: () => dialog.remove(), onclick: (event) => { if (event.target === dialog) close(); } },
    node("div", { class: "dialog-head" }, node("h2", {}, title), node("button", { class: "icon-button", type: "button", "aria-label": "Close", onclick: close }, "✕")),
    body);
  const show = (metric) => {
    for (const tab of tabs.children) tab.setAttribute("aria-pressed", String(tab.dataset.metric === metric));
    showMetric(body, tabs, metric, context);
  };
  if (metrics.length > 1) tabs.append(...metrics.map((metric) => node("button", { type: "button", "data-metric": metric, onclick: () => show(metric) }, context.catalogue.get(metric)?.title ?? metric)));
  document.body.append(dialog);
  dialog.showModal();
  show(metrics[0]);
}

async function showMetric(body, tabs, metric, context) {
  const entry = context.catalogue.get(metric) ?? { title: metric, definition: "", grain: "", unit: "" };
  const parameters = { ...context.parameters(metric), limit: ROWS };
  const csv = node("button", { class: "button", type: "button" }, "Download CSV");
  csv.addEventListener("click", () => download(metric, parameters, csv));
  const holder = node("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Rows of ${entry.title}` }, node("div", { class: "skeleton" }));
  const query = node("pre", { class: "code", tabindex: "0", "aria-label": "SQL" });
  const sql = node("details", {}, node("summary", {}, "The query"), query);
  sql.addEventListener("toggle", async () => {
    if (!sql.open || query.textContent) return;
    query.textContent = await text(metric, { ...parameters, format: "sql" });
  });
  body.replaceChildren(
    ...(tabs.children.length > 0 ? [tabs] : []),
    node("div", { class: "definition" }, node("p", {}, entry.definition), node("p", { class: "soft small" }, `${entry.grain}. Unit: ${entry.unit}. `, node("code", {}, `/reports/${metric}`))),
    node("div", { class: "row" }, csv, !key.get() && node("a", { class: "button", href: address(`/reports/${metric}`, { ...parameters, format: "json" }), target: "_blank", rel: "noopener" }, "Open as JSON")),
    holder, sql);
  try {
    const answer = await report(metric, parameters);
    holder.replaceChildren(table(answer));
  } catch (error) {
    holder.replaceChildren(node("div", { class: "state" }, node("strong", {}, "The rows cannot be shown"), node("span", {}, sentence(error.message))));
  }
}

async function text(metric, parameters) {
  try {
    return await (await request(address(`/reports/${metric}`, parameters))).text();
  } catch (error) {
    return error.message;
  }
}

/** With the key, which no link would send. */
async function download(metric, parameters, button) {
  try {
    const response = await request(address(`/reports/${metric}`, { ...parameters, limit: 10_000, format: "csv" }));
    const name = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? `${metric}.csv`;
    const link = node("a", { href: URL.createObjectURL(await response.blob()), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  } catch (error) {
    button.textContent = error.message;
  }
}

/** All rows of an answer, sorted by the column that the reader chooses. */
function table({ meta, data }) {
  const columns = meta.filter(({ type }) => !type.startsWith("Array"));
  const isNumber = ({ type }) => /^(Nullable\()?(U?Int|Float|Decimal)/.test(type);
  const body = node("tbody");
  let sorting;
  const fill = () => {
    const rows = sorting ? data.toSorted((one, other) => sorting.order * compare(one[sorting.name], other[sorting.name])) : data;
    body.replaceChildren(...rows.map((row) => node("tr", {}, ...columns.map((column, index) =>
      node(index === 0 ? "th" : "td", { scope: index === 0 ? "row" : undefined, class: isNumber(column) ? "number" : undefined }, shown(column.name, row[column.name]))))));
  };
  const heads = columns.map((column) => {
    const head = node("th", { scope: "col", class: isNumber(column) ? "number" : undefined });
    const sort = () => {
      sorting = { name: column.name, order: sorting?.name === column.name ? -sorting.order : isNumber(column) ? -1 : 1 };
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", sorting.order > 0 ? "ascending" : "descending");
      fill();
    };
    head.append(node("button", { type: "button", onclick: sort }, column.name.replaceAll("_", " ")));
    return head;
  });
  fill();
  const note = data.length === 0 ? "No rows in this period." : data.length >= ROWS ? `The first ${count(ROWS)} rows; CSV has up to 10,000.` : `${count(data.length)} ${data.length === 1 ? "row" : "rows"}.`;
  return node("div", {}, node("table", { class: "table" }, node("thead", {}, node("tr", {}, ...heads)), body), node("p", { class: "soft small" }, note));
}

function compare(one, other) {
  if (typeof one === "number" || typeof other === "number") return Number(one ?? -Infinity) - Number(other ?? -Infinity);
  return String(one).localeCompare(String(other));
}

function shown(name, value) {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number") return String(value);
  if (/share|rate|ctr/.test(name)) return share(value, 2);
  if (name.endsWith("_ms")) return duration(value);
  return Number.isInteger(value) ? count(value) : value.toLocaleString(undefined, { maximumFractionDigits: 2 });
}
