// Lists with a bar behind each row, the form of most breakdowns.
import { node } from "../lib/dom.js";
import { count, share } from "../lib/format.js";

/**
 * `columns` are the numbers at the end: { name, title, format }. The bar is as long as the first one's share of the greatest. With
 * `choose`, a row is a button; `chosen` says which is on.
 */
export function bars(rows, { label, title, columns, choose, chosen, total, most = 9 }) {
  const [first] = columns;
  const greatest = Math.max(1, ...rows.map((row) => Number(row[first.name])));
  const name = (row) => {
    const text = label(row);
    if (!choose) return node("span", { class: "bar-name", title: text }, text);
    const isOn = chosen?.(row);
    return node("button", { type: "button", class: "bar-name", title: isOn ? `Remove this filter` : `Only ${text}`, "aria-pressed": String(Boolean(isOn)), onclick: () => choose(row) }, text);
  };
  const line = (row) => {
    const cell = node("th", { scope: "row", class: "bar-cell" }, name(row));
    cell.style.setProperty("--share", `${(100 * Number(row[first.name])) / greatest}%`);
    return node("tr", {}, cell, ...columns.map((column, index) => node("td", { class: "number" }, (column.format ?? count)(row[column.name], row),
      index === 0 && total ? node("span", { class: "share" }, share(row[column.name] / total, 0)) : undefined)));
  };
  const shown = rows.slice(0, most);
  return [
    node("table", { class: "table bars" },
      node("thead", {}, node("tr", {}, node("th", { scope: "col" }, title), ...columns.map((column) => node("th", { scope: "col", class: "number", title: column.hint }, column.title)))),
      node("tbody", {}, ...shown.map(line))),
    ...(rows.length > most ? [node("p", { class: "soft small more" }, `${count(rows.length - most)} more in the details.`)] : []),
  ];
}
