// The last events as they come: from the live console where it is open, else from what is stored.
import { report } from "../lib/api.js";
import { node } from "../lib/dom.js";
import { instant } from "../lib/format.js";
import { follow } from "../lib/stream.js";

const SHOWN = 8;
const PAUSE_MS = 4_000;

export function watchLast(list, badge, { console: isOn }) {
  const say = (kind, text) => {
    badge.className = `badge ${kind}`;
    badge.textContent = text;
  };
  list.replaceChildren(empty());
  if (!isOn) return poll(list, say);
  follow("/console/events/?since=10m", {
    event(name, data) {
      if (name === "arrivals") add(list, data.events.slice(-SHOWN).map(ofConsole).reverse());
    },
    state(now) {
      if (now === "refused") return poll(list, say);
      say(now === "open" ? "good" : "warn", now === "open" ? "live" : "reconnecting");
    },
  });
}

const ofConsole = ({ received_at, verdict, type, event_title, element_id, enriched, refusal }) => ({ at: new Date(received_at), verdict, type, event_title, element_id, path: enriched ? pathOf(enriched.url) : (refusal?.message ?? "") });

function pathOf(url) {
  try {
    return new URL(url).pathname;
  } catch {
    return url;
  }
}

function poll(list, say) {
  const look = async () => {
    try {
      const { data } = document.hidden ? {} : await report("last_events", { from: "1h", limit: SHOWN, to: new Date(Math.ceil((Date.now() + 300_000) / PAUSE_MS) * PAUSE_MS).toISOString() });
      say("good", "stored");
      if (data) {
        list.replaceChildren(empty());
        add(list, data.map((event) => ({ ...event, at: instant(event.received_at), verdict: "accepted" })));
      }
    } catch (error) {
      if (error.kind === "key" || error.kind === "scope") return say("", "needs a key");
      say("warn", "not known");
      if (!error.kind) throw error;
    }
    setTimeout(look, PAUSE_MS);
  };
  look();
}

const times = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const VERDICTS = { accepted: "good", refused: "bad", deferred: "warn" };

function add(list, events) {
  if (events.length === 0) return;
  list.querySelector(".state")?.parentElement.remove();
  list.prepend(...events.map(row));
  while (list.children.length > SHOWN) list.lastChild.remove();
}

const row = ({ at, verdict, type, event_title: title, element_id: element, path }) => node("li", {},
  node("span", { class: "soft number small" }, times.format(at)),
  node("span", { class: `badge ${VERDICTS[verdict]}` }, verdict === "accepted" ? (type === "view" && title === "page_view" ? "page" : type) : verdict),
  node("span", { class: "last-what" }, element ? node("code", {}, element) : title, node("span", { class: "soft" }, ` ${path}`)));

const empty = () => node("li", {}, node("div", { class: "state" }, node("span", {}, "Nothing yet. What arrives shows here within a second.")));
