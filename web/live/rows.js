import { node } from "../lib/dom.js";
import { country } from "../lib/format.js";

const VERDICTS = { accepted: ["good", "accepted"], refused: ["bad", "refused"], deferred: ["warn", "put off"] };
/** The tracker's own titles, which say no more than the type. */
const PLAIN = ["page_view", "element_view", "click"];

export function verdictBadge(event) {
  const [kind, name] = VERDICTS[event.verdict];
  return node("span", { class: `badge ${kind}` }, name);
}

/** One line of the list; on a phone two. */
export function row(event, open) {
  return node("li", {},
    node("button", { type: "button", class: `live-row ${event.verdict}`, onclick: () => open(event) },
      node("span", { class: "live-time number" }, clock(event.received_at)),
      verdictBadge(event),
      node("span", { class: "live-what" }, ...what(event)),
      node("span", { class: "live-where soft", title: event.enriched?.url }, where(event)),
      node("span", { class: "live-who soft" }, who(event))));
}

/** 10:21:07.123 in the reader's own zone. */
export function clock(text) {
  const date = new Date(text);
  const two = (number) => String(number).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

function what(event) {
  const { type, event_title: title, element_id: element, refusal } = event;
  const parts = [];
  if (type) parts.push(node("span", { class: "badge" }, type === "view" && title === "page_view" ? "page" : type));
  if (title && !PLAIN.includes(title)) parts.push(node("strong", {}, title));
  if (element) parts.push(node("code", {}, element));
  if (refusal) {
    parts.push(node("span", { class: "live-reason" }, refusal.field && node("code", {}, refusal.field), refusal.field && " ", refusal.message));
  } else if (parts.length === 1 && title) {
    parts.push(node("span", { class: "soft" }, title));
  }
  return parts.flatMap((part, index) => (index > 0 ? [" ", part] : [part]));
}

function where({ enriched, sent, refusal }) {
  if (!enriched) return refusal ? sent.slice(0, 120) : "";
  try {
    const url = new URL(enriched.url);
    return url.pathname + url.search;
  } catch {
    return enriched.url;
  }
}

function who({ enriched, door, site }) {
  const parts = [site, enriched && (enriched.is_bot ? "bot" : enriched.device_type !== "other" && enriched.device_type), enriched?.country && country(enriched.country), door === "amqp" && "AMQP"];
  return parts.filter(Boolean).join(" · ");
}
