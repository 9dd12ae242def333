// Whether something is wrong: four signals of the period beside those of the period before, and the stretch that differs most from the rest
// of both. What is flagged stands in a line of its own above the cards; the thresholds stand on the page.
import { node } from "../lib/dom.js";
import { change, count, duration, instant, moment, share } from "../lib/format.js";
import { busiest, highestRun, highestShare } from "./stretch.js";

const NORMAL = { level: "good", word: "Normal" };
const DAY_MINUTES = 1_440;
const MINUTE_MS = 60_000;
/** A bot's visit is one thing that happened, however many pages it took. */
const EVENTS_OF_A_BOT = 25;
/** Steps of the pulse by the days of a period: about a hundred in all, some a day. */
const STEPS = [[1, 30], [2, 60], [8, 180], [15, 360], [32, 720], [Infinity, DAY_MINUTES]];

/** Each asks, judges what came, and may find a stretch `{ first, last, fact }` in the pulse: the line says when it was. */
const SIGNALS = [
  {
    name: "Traffic",
    card: "overview",
    rule: "sessions at least double or at most half, from 40 on; or a stretch with 40 and more, and two and a half times what is usual at that time of the day",
    ask: (context) => both(context, "session_duration"),
    find({ rows, slots, since }) {
      const found = busiest(rows.map(({ sessions }) => sessions), slots, { since, least: 40, times: 2.5 });
      const usual = found && Math.max(1, Math.round(found.usual));
      return found && { ...found, word: "Spike", why: `${count(found.count)} in a stretch, usually ${count(usual)}`, fact: `${count(found.count)} sessions, usually ${count(usual)} at such times` };
    },
    judge([now, before], { isWhole }) {
      const [sessions, ago] = [now?.sessions ?? 0, before?.sessions ?? 0];
      const text = `${count(sessions)} sessions`;
      if (!isWhole) return { ...NORMAL, text, why: "the first visits came within the period before" };
      if (ago < 20 || Math.max(sessions, ago) < 40) return { ...NORMAL, text, why: ago === 0 ? "nothing to compare with" : "as before, or too few to tell" };
      const ratio = sessions / ago;
      const why = `${change(ratio - 1)} on the period before`;
      const fact = `${count(sessions)} sessions, ${count(ago)} in the period before`;
      if (ratio >= 2) return { level: "bad", word: "Spike", text, why, fact };
      if (ratio <= 0.5) return { level: "bad", word: "Drop", text, why, fact };
      return { ...NORMAL, text, why };
    },
  },
  {
    name: "Bots",
    card: "bots-card",
    rule: "one event in ten, and twice the share of before or of the rest",
    async ask(context) {
      const part = async (which) => {
        const [all, bots] = await Promise.all(["1", "only"].map((value) => context.reportOf("events", which, { bots: value })));
        const total = Number(all.data[0]?.events ?? 0);
        return { share: total ? Number(bots.data[0]?.events ?? 0) / total : null, total };
      };
      return Promise.all(["current", "previous"].map(part));
    },
    find({ rows, since }) {
      const found = highestShare(rows.map(({ bot_events }) => bot_events), rows.map(({ events }) => events), { since, least: 50, level: 0.1, times: 2, together: EVENTS_OF_A_BOT });
      return found && { ...found, word: "High", why: `${share(found.share, 0)} in a stretch, usually ${share(found.usual, 0)}`, fact: `${share(found.share, 0)} of ${count(found.whole)} events were bots', usually ${share(found.usual, 0)}` };
    },
    judge: ([now, before]) => judgeShare(now, before, { least: 20, what: "of events by bots", level: 0.1, times: 2 }),
  },
  {
    name: "Payments",
    card: "orders-card",
    rule: "one attempt in seven refused, and half as often again as before, or twice as often as in the rest",
    async ask(context) {
      const part = (row) => ({ share: row?.error_share ?? null, total: Number(row?.events ?? 0) });
      return (await both(context, "error_share")).map(part);
    },
    find({ rows, since }) {
      const found = highestShare(rows.map(({ payment_errors }) => payment_errors), rows.map(({ payment_attempts }) => payment_attempts), { since, least: 10, level: 1 / 7, times: 2 });
      return found && { ...found, word: "High", why: `${share(found.share, 0)} in a stretch, usually ${share(found.usual, 0)}`, fact: `${share(found.share, 0)} of ${count(found.whole)} payment attempts were refused, usually ${share(found.usual, 0)}` };
    },
    judge: ([now, before]) => judgeShare(now, before, { least: 10, what: "of attempts refused", level: 1 / 7, times: 1.5 }),
  },
  {
    name: "Latency",
    card: "latency-card",
    rule: "the 95th percentile half as long again as before, or a stretch with twice the median one",
    ask: (context) => both(context, "latency"),
    find({ rows, since }) {
      const found = highestRun(rows.map(({ p95_ms }) => p95_ms), rows.map(({ responses }) => responses), { since, least: 5, inAll: 40, times: 2 });
      return found && { ...found, word: "Slow", why: `${duration(found.value)} in a stretch, usually ${duration(found.usual)}`, fact: `95th percentile of latency ${duration(found.value)}, usually ${duration(found.usual)}` };
    },
    judge([now, before]) {
      if (!now?.events) return { ...NORMAL, text: "no measurements" };
      const text = `95th percentile ${duration(now.p95_ms)}`;
      if (!before || before.events < 20) return { ...NORMAL, text, why: "nothing to compare with" };
      const ratio = now.p95_ms / before.p95_ms;
      const why = `${change(ratio - 1)} on the period before`;
      return ratio >= 1.5 && now.events >= 20 ? { level: "bad", word: "Slow", text, why, fact: `95th percentile of latency ${duration(now.p95_ms)}, ${duration(before.p95_ms)} in the period before` } : { ...NORMAL, text, why };
    },
  },
];

function judgeShare(now, before, { least, what, level, times }) {
  if (now.share === null) return { ...NORMAL, text: "no events", why: "" };
  const text = `${share(now.share)} ${what}`;
  const why = before.share === null ? "nothing to compare with" : `${share(before.share)} before`;
  const isMore = before.share === null || before.total < least || now.share >= times * before.share;
  return now.total >= least && now.share >= level && isMore ? { level: "bad", word: "High", text, why, fact: `${text}, ${why}` } : { ...NORMAL, text, why };
}

/** First rows of the period and of the one before. */
async function both(context, metric) {
  const answers = await Promise.all(["current", "previous"].map((which) => context.reportOf(metric, which)));
  return answers.map(({ data }) => data[0]);
}

/**
 * The pulse of the period before and this one in equal steps, empty ones included; `since` is the first of this one; `isWhole`
 * says that there were visits from the first day on.
 */
async function pulse(context) {
  const { days, previous } = context.period;
  const [, minutes] = STEPS.find(([most]) => days <= most);
  const answer = await context.report("pulse", { from: previous.from, minutes });
  const slots = DAY_MINUTES / minutes;
  const step = minutes * MINUTE_MS;
  const begins = instant(answer.parameters.from).getTime();
  const ends = instant(answer.parameters.to).getTime();
  const rows = Array.from({ length: Math.ceil((ends - begins) / step) }, () => ({ sessions: 0, events: 0, bot_events: 0, payment_attempts: 0, payment_errors: 0, responses: 0, p95_ms: null }));
  for (const row of answer.data) {
    // Where summer time begins or ends, steps are an hour off.
    const place = Math.round((instant(row.time).getTime() - begins) / step);
    if (place in rows) rows[place] = row;
  }
  const first = rows.findIndex(({ sessions }) => sessions > 0);
  return { rows, slots, since: days * slots, isWhole: first >= 0 && first <= slots, at: (place) => new Date(Math.min(ends, begins + place * step)), last: rows.length - 1 };
}

/** When it was, as people say it. */
function when({ first, last }, found, zone) {
  const said = (date) => moment(date, zone, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return last >= found.last ? `since ${said(found.at(first))}` : `${said(found.at(first))} – ${said(found.at(last + 1))}`;
}

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
      let verdict;
      try {
        const [answer, found] = await Promise.all([signal.ask(context), beats]);
        verdict = signal.judge(answer, found);
        const stretch = signal.find(found);
        if (stretch) verdict = { ...verdict, level: "bad", word: stretch.word, why: stretch.why, fact: stretch.fact, when: when(stretch, found, context.zone) };
      } catch (error) {
        if (error.name === "AbortError") return;
        if (error.kind === "key" || error.kind === "scope") return context.denied(error);
        verdict = { level: "unknown", word: "Not known", text: error.message };
        if (!error.kind) throw error;
      }
      if (mine !== generation) return;
      verdicts[index] = verdict;
      list.children[index].replaceWith(item(signal.name, verdict, signal.card));
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
