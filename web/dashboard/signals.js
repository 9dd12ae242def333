// Whether something is wrong: four signals of the period beside those of the period before, flagged beyond a threshold that the page states.
import { node } from "../lib/dom.js";
import { change, count, duration, share } from "../lib/format.js";

const NORMAL = { level: "good", word: "Normal" };

/** Each asks for { now, before }, values with what they are counted over, and judges them. */
const SIGNALS = [
  {
    name: "Traffic",
    card: "overview",
    rule: "sessions at least double or at most half, from 40 on; or a day with three times the median day",
    metrics: ["session_duration", "sessions"],
    async ask(context) {
      const [now, before] = await both(context, "session_duration");
      const days = context.period.days > 2 ? await context.report("sessions") : { data: [] };
      return { now: now?.sessions ?? 0, before: before?.sessions ?? 0, days: days.data.map(({ sessions }) => Number(sessions)) };
    },
    judge({ now, before, days }) {
      const text = `${count(now)} sessions`;
      const median = days.toSorted((one, other) => one - other)[Math.floor(days.length / 2)] ?? 0;
      const peak = Math.max(0, ...days);
      if (peak >= 40 && median > 0 && peak >= 3 * median) return { level: "bad", word: "Spike", text, why: `a day of ${count(peak)}, ${change(peak / median - 1)} over the median day` };
      if (before < 20 || Math.max(now, before) < 40) return { ...NORMAL, text, why: before === 0 ? "nothing to compare with" : "as before, or too few to tell" };
      const ratio = now / before;
      if (ratio >= 2) return { level: "bad", word: "Spike", text, why: `${change(ratio - 1)} on the period before` };
      if (ratio <= 0.5) return { level: "bad", word: "Drop", text, why: `${change(ratio - 1)} on the period before` };
      return { ...NORMAL, text, why: `${change(ratio - 1)} on the period before` };
    },
  },
  {
    name: "Bots",
    card: "bots-card",
    rule: "one event in ten, and twice the share of before",
    metrics: ["events"],
    unfiltered: true,
    async ask(context) {
      const part = async (which) => {
        const [all, bots] = await Promise.all(["1", "only"].map((value) => context.reportOf("events", which, { bots: value })));
        const total = Number(all.data[0]?.events ?? 0);
        return { share: total ? Number(bots.data[0]?.events ?? 0) / total : null, total };
      };
      const [now, before] = await Promise.all([part("current"), part("previous")]);
      return { now, before };
    },
    judge: ({ now, before }) => judgeShare(now, before, 20, "of events by bots"),
  },
  {
    name: "Payments",
    card: "orders-card",
    rule: "one attempt in seven refused, and half as often again as before",
    metrics: ["error_share"],
    async ask(context) {
      const [now, before] = await both(context, "error_share");
      const part = (row) => ({ share: row?.error_share ?? null, total: Number(row?.events ?? 0) });
      return { now: part(now), before: part(before) };
    },
    judge: ({ now, before }) => judgeShare(now, before, 10, "of attempts refused", 1 / 7, 1.5),
  },
  {
    name: "Latency",
    card: "latency-card",
    rule: "the 95th percentile half as long again as before, or an hour with three times the median hour's",
    metrics: ["latency", "latency_over_time"],
    async ask(context) {
      const [now, before] = await both(context, "latency");
      const hours = await context.report("latency_over_time", { minutes: context.period.days > 2 ? 360 : 60 });
      return { now, before, hours: hours.data.filter(({ events }) => events >= 10).map(({ p95_ms }) => Number(p95_ms)) };
    },
    judge({ now, before, hours }) {
      if (!now || !now.events) return { ...NORMAL, text: "no measurements" };
      const text = `95th percentile ${duration(now.p95_ms)}`;
      const median = hours.toSorted((one, other) => one - other)[Math.floor(hours.length / 2)] ?? 0;
      const worst = Math.max(0, ...hours);
      if (median > 0 && worst >= 3 * median) return { level: "bad", word: "Slow", text, why: `a stretch of ${duration(worst)}, ${change(worst / median - 1)} over the median one` };
      if (!before || before.events < 20) return { ...NORMAL, text, why: "nothing to compare with" };
      const ratio = now.p95_ms / before.p95_ms;
      return ratio >= 1.5 && now.events >= 20 ? { level: "bad", word: "Slow", text, why: `${change(ratio - 1)} on the period before` } : { ...NORMAL, text, why: `${change(ratio - 1)} on the period before` };
    },
  },
];

function judgeShare(now, before, least, what, level = 0.1, times = 2) {
  if (now.share === null) return { ...NORMAL, text: `no events`, why: "" };
  const text = `${share(now.share)} ${what}`;
  const why = before.share === null ? "nothing to compare with" : `${share(before.share)} before`;
  const isMore = before.share === null || before.total < least || now.share >= times * before.share;
  return now.total >= least && now.share >= level && isMore ? { level: "bad", word: "High", text, why } : { ...NORMAL, text, why };
}

/** First rows of the period and of the one before. */
async function both(context, metric) {
  const answers = await Promise.all(["current", "previous"].map((which) => context.reportOf(metric, which)));
  return answers.map(({ data }) => data[0]);
}

export function signalStrip() {
  const list = node("ul", { class: "signals" });
  const rules = node("dl", {}, ...SIGNALS.flatMap(({ name, rule }) => [node("dt", {}, name), node("dd", {}, rule)]));
  const element = node("section", { class: "card signals-card", "aria-label": "Signals" }, list,
    node("details", { class: "no-print" }, node("summary", {}, "When is one flagged?"), rules,
      node("p", { class: "soft small" }, "The period is compared with the one before it, of the same length. Thresholds are rules of thumb: they point, they prove nothing.")));
  let generation = 0;

  async function refresh(context) {
    const mine = ++generation;
    if (list.children.length === 0) list.replaceChildren(...SIGNALS.map(({ name }) => item(name, { level: "waiting", word: "…", text: "" })));
    await Promise.all(SIGNALS.map(async (signal, index) => {
      let verdict;
      try {
        verdict = signal.judge(await signal.ask(context));
      } catch (error) {
        if (error.name === "AbortError") return;
        if (error.kind === "key" || error.kind === "scope") return context.denied(error);
        verdict = { level: "unknown", word: "Not known", text: error.message };
      }
      if (mine === generation) list.children[index].replaceWith(item(signal.name, verdict, signal.card));
    }));
  }
  return { element, refresh };
}

function item(name, { level, word, text, why }, card) {
  return node("li", { "data-signal": name.toLowerCase(), "data-level": level },
    node("a", { href: `#${card}` },
      node("span", { class: "signal-head" }, node("strong", {}, name), node("span", { class: `badge ${level}` }, word)),
      node("span", { class: "signal-text" }, text),
      node("span", { class: "soft small" }, why ?? "")));
}
