// The strip of the signals, and a line of its own above the cards for each that is flagged; the thresholds stand on the page.
import { node } from "../lib/dom.js";
import { sentence } from "../lib/format.js";
import { pulse, SIGNALS, verdict } from "./judge.js";

/** The strip of all four, and the lines of those that are flagged. */
export function signalStrip() {
  const list = node("ul", { class: "signals" });
  const lines = node("ul", { class: "incidents", "aria-label": "What is unusual", hidden: true });
  const rules = node("dl", {}, ...SIGNALS.flatMap(({ name, rule }) => [node("dt", {}, name), node("dd", {}, rule)]));
  const element = node("section", { class: "card signals-card", "aria-label": "Signals" }, list,
    node("details", { class: "no-print" }, node("summary", {}, "When is one flagged?"), rules,
      node("p", { class: "soft small" }, "The period is compared with the one before it, of the same length, and its most unusual stretch with the rest of both. Thresholds are rules of thumb: they point, they prove nothing. Stretches are of all visits, whatever filter is on.")));
  let generation = 0;

  async function refresh(context) {
    const mine = ++generation;
    const verdicts = SIGNALS.map(() => undefined);
    if (list.children.length === 0) list.replaceChildren(...SIGNALS.map(({ name }) => item(name, { level: "waiting", word: "…", text: "" })));
    const beats = pulse(context);
    await Promise.all(SIGNALS.map(async (signal, index) => {
      let said;
      try {
        said = await verdict(signal, context, beats);
      } catch (error) {
        if (error.name === "AbortError") return;
        if (error.kind === "key" || error.kind === "scope") return context.denied(error);
        said = { level: "unknown", word: "Not known", text: sentence(error.message) };
        if (!error.kind) throw error;
      }
      if (mine !== generation) return;
      verdicts[index] = said;
      list.children[index].replaceWith(item(signal.name, said, signal.card));
    }));
    if (mine === generation) showLines(verdicts);
  }

  function showLines(verdicts) {
    const flagged = SIGNALS.map((signal, index) => ({ signal, verdict: verdicts[index] })).filter(({ verdict }) => verdict?.level === "bad");
    lines.hidden = flagged.length === 0;
    lines.replaceChildren(...flagged.map(({ signal, verdict }) => line(signal, verdict)));
  }
  return { element, lines, refresh };
}

const line = ({ name, card }, { fact, when: time }) => node("li", { "data-incident": name.toLowerCase() },
  node("a", { class: "notice bad", href: `#${card}` },
    node("strong", {}, name), node("span", {}, fact), node("span", { class: "incident-when" }, time ?? "over the whole period")));

function item(name, { level, word, text, why }, card) {
  return node("li", { "data-signal": name.toLowerCase(), "data-level": level },
    node("a", { href: `#${card}` },
      node("span", { class: "signal-head" }, node("strong", {}, name), node("span", { class: `badge ${level}` }, word)),
      node("span", { class: "signal-text" }, text),
      node("span", { class: "soft small" }, why ?? "")));
}
