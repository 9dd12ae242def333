// The last events, newest first. New ones light up once.

import { node } from "./node.js";
import { instant } from "./reports.js";

const body = document.getElementById("events");
const time = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
/** The tracker's own titles, which say no more than the type. */
const plainTitles = ["page_view", "element_view", "click"];
let known;

export function showEvents(rows) {
  const ids = rows.map(({ id }) => id);
  if (known && ids.length === known.size && ids.every((id) => known.has(id))) return;
  body.replaceChildren(...(rows.length > 0 ? rows.map(row) : [none()]));
  known = new Set(ids);
}

function none() {
  return node("tr", {}, node("td", { colspan: 5, class: "none" }, "Nothing has arrived yet."));
}

function row(event) {
  const { kind, name } = kindOf(event);
  const isNew = known && !known.has(event.id);
  return node("tr", { class: isNew ? "new" : undefined },
    node("td", { class: "time" }, time.format(instant(event.corrected_at))),
    node("td", { class: "kind" }, node("span", { class: `badge ${kind}` }, name)),
    node("td", { class: "what" }, ...what(event)),
    node("td", { class: "page", title: event.url }, event.path),
    node("td", { class: "from" }, from(event)));
}

/** The same four kinds as the chart's. */
function kindOf({ type, event_title, element_id }) {
  if (type === "view" && event_title === "page_view") return { kind: "page_views", name: "page" };
  if (type === "view" && element_id) return { kind: "element_views", name: "view" };
  if (type === "click" && element_id) return { kind: "clicks", name: "click" };
  return { kind: "other_events", name: type };
}

function what({ event_title, element_id }) {
  const parts = [];
  if (event_title && !plainTitles.includes(event_title)) parts.push(node("strong", { title: event_title }, event_title));
  if (element_id) parts.push(node("code", { title: element_id }, element_id));
  return parts.flatMap((part, index) => (index > 0 ? [" ", part] : [part]));
}

function from({ device_type, country, is_bot }) {
  const who = is_bot ? "bot" : device_type;
  return [who, country].filter(Boolean).join(", ");
}
