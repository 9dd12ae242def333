// The whole of one event: what was sent, what became of it, what the server made of it.
import { node } from "../lib/dom.js";
import { copyButton } from "../lib/copy.js";
import { curl } from "./curl.js";
import { clock, verdictBadge } from "./rows.js";

export function showDetail(dialog, event, filterSession) {
  const close = node("button", { class: "icon-button", type: "button", "aria-label": "Close", onclick: () => dialog.close() }, "✕");
  const session = event.session_id && node("button", { class: "chip", type: "button", onclick: () => { dialog.close(); filterSession(event.session_id); } }, "Only this session");
  dialog.replaceChildren(
    node("div", { class: "dialog-head" },
      node("h2", { id: "detail-title" }, event.event_title || event.type || "Not an event", " ", node("span", { class: "soft small number" }, `${clock(event.received_at)} · no. ${event.number}`)),
      close),
    node("div", { class: "dialog-body" },
      node("p", { class: "detail-facts" }, verdictBadge(event), ...facts(event), session),
      event.refusal && reason(event),
      node("section", { "aria-label": "As it was sent" },
        node("div", { class: "card-head" },
          node("h3", {}, "As it was sent"),
          node("span", { class: "detail-buttons" },
            copyButton("Copy as curl", () => curl(event, location.origin)),
            copyButton("Copy JSON", () => event.sent))),
        event.sent_is_cut && node("p", { class: "notice warn" }, "It is longer than what is kept here; the rest is cut off."),
        node("pre", { class: "code", tabindex: "0" }, pretty(event.sent) || "(nothing was read of it)")),
      event.enriched && node("section", { "aria-label": "What the server made of it" },
        node("h3", {}, "What the server made of it"),
        node("dl", { class: "detail-list" }, ...known(event.enriched)))));
  if (!dialog.open) dialog.showModal();
}

function facts({ site, door, source }) {
  const texts = [site && `site ${site}`, door === "amqp" ? "through clickpath.in" : "through POST /events", source && `source ${source}`];
  return texts.filter(Boolean).map((text) => node("span", { class: "badge" }, text));
}

function reason({ refusal: { reason, field, message }, verdict }) {
  const said = node("span", {}, node("code", {}, reason), field ? [" in ", node("code", {}, field)] : "", `: ${message}`);
  return node("p", { class: `notice ${verdict === "deferred" ? "warn" : "bad"}` }, said, verdict === "deferred" && ". Its sender keeps it and sends it again.");
}

function known(enriched) {
  const given = Object.entries(enriched).filter(([, value]) => value !== "" && value !== null && value !== false);
  return given.flatMap(([name, value]) => [node("dt", {}, name), node("dd", {}, String(value))]);
}

/** Indented where it is JSON; else as it is. */
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
