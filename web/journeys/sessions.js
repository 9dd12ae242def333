// The list of sessions, and one of them event by event.
import { node } from "../lib/dom.js";
import { count, counted, country, duration, instant } from "../lib/format.js";

const OUTCOMES = { paid: "good", ordered: "good", checkout: "warn", cart: "warn", bounced: "bad", browsed: "" };
/** The tracker's own titles, which say no more than the type. */
const PLAIN = { page_view: "Page opened", element_view: "Seen", click: "Clicked" };
const BREAK_MS = 60_000;

export function sessionRow(session, { chosen, choose }) {
  const { session_id: id, started_at, length_ms, entry_path, exit_path, page_views, events, channel, device_type, country: code, outcome, is_bot } = session;
  const facts = [counted(page_views, "page"), counted(events, "event"), duration(length_ms), channel.replaceAll("_", " "), is_bot ? "bot" : device_type, code && country(code)];
  return node("li", {},
    node("button", { type: "button", class: "session", "aria-pressed": String(chosen === id), onclick: () => choose(id) },
      node("span", { class: "session-when number" }, when(instant(started_at))),
      node("span", { class: "session-way" }, entry_path || "(no page)", exit_path && exit_path !== entry_path ? [" → ", exit_path] : ""),
      node("span", { class: `badge ${OUTCOMES[outcome] ?? ""}` }, outcome),
      node("span", { class: "session-facts soft" }, facts.filter(Boolean).join(" · "))));
}

const days = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const times = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const seconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const when = (date) => `${days.format(date)}, ${times.format(date)}`;

/** Events under the page they happened on, with the time between. */
export function timeline(events) {
  const pages = [];
  for (const event of events) {
    const isOpened = event.type === "view" && event.event_title === "page_view";
    if (pages.length === 0 || isOpened || pages.at(-1).path !== event.path) pages.push({ path: event.path, events: [] });
    pages.at(-1).events.push(event);
  }
  return node("ol", { class: "timeline" }, ...pages.map(({ path, events }) => node("li", { class: "visit" },
    node("h3", { class: "visit-page" }, node("code", {}, path || "(no page)")),
    node("ol", {}, ...folded(events).map(moment)))));
}

/** Elements that were seen one after the other are one line. */
function folded(events) {
  const lines = [];
  for (const event of events) {
    const last = lines.at(-1);
    const isSeen = event.type === "view" && event.event_title === "element_view";
    if (isSeen && last?.seen) last.seen.push(event);
    else lines.push({ ...event, seen: isSeen ? [event] : undefined });
  }
  return lines;
}

function moment({ at, after_ms, type, event_title: title, element_id: element, product_id: product, status, error_code: code, latency_ms, seen }) {
  const kind = status === "error" ? "bad" : type === "click" ? "click" : type === "server" ? "server" : seen ? "seen" : "view";
  const pause = after_ms >= BREAK_MS && node("p", { class: "pause soft small" }, `${duration(after_ms)} later`);
  const elements = seen ? seen.map((event) => event.element_id).filter(Boolean) : [element].filter(Boolean);
  const facts = [product && `product ${product}`, status && `${status}${code ? `: ${code}` : ""}`, latency_ms !== null && latency_ms !== undefined && duration(latency_ms)].filter(Boolean);
  return node("li", { class: `moment ${kind}` },
    pause,
    node("div", { class: "moment-line" },
      node("span", { class: "moment-time number soft" }, seconds.format(instant(at))),
      node("span", { class: "moment-what" },
        node("strong", {}, seen ? `Saw ${counted(elements.length, "element")}` : (PLAIN[title] ?? (title || type))),
        ...elements.slice(0, 6).flatMap((name) => [" ", node("code", {}, name)]),
        elements.length > 6 ? ` and ${count(elements.length - 6)} more` : "",
        facts.length > 0 ? node("span", { class: "soft" }, ` ${facts.join(", ")}`) : ""),
      node("span", { class: "moment-after number soft" }, after_ms !== null && after_ms < BREAK_MS ? `+${duration(after_ms)}` : "")));
}
