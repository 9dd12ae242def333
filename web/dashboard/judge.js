// Whether something is wrong: four signals of the period beside those of the period before, and the stretch that differs most from the rest
// of both. No page: `context` is what asks.
import { change, count, duration, instant, moment, share } from "../lib/format.js";
import { MOST_DAYS, plusDays } from "./period.js";
import { busiest, highestRun, highestShare, isOther, isOver } from "./stretch.js";

const NORMAL = { level: "good", word: "Normal" };
const DAY_MINUTES = 1_440;
const MINUTE_MS = 60_000;
/** A bot's visit is one thing that happened, however many pages it took; some take twice as many as others. */
const EVENTS_OF_A_BOT = 50;
/** Whose card is refused tries again. */
const ATTEMPTS_OF_A_BUYER = 1.5;
/** Of bots, in a stretch: one or two of them are no attack. */
const FEWEST_OF_BOTS = 100;
/** A title with fewer responses has no 95th percentile to speak of. */
const RESPONSES_OF_A_TITLE = 100;
/** So many have one that chance does not move by half. */
const RESPONSES_OF_MANY = 1_000;
/** Steps of the pulse by the days of a period: about a hundred in all, some a day. */
const STEPS = [[1, 30], [2, 60], [8, 180], [15, 360], [32, 720], [Infinity, DAY_MINUTES]];

/** Each asks, judges what came, and may find a stretch `{ first, last, fact }` in the pulse: the line says when it was. */
export const SIGNALS = [
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
    rule: "one event in ten, from 100 on, and twice the share of before or of the rest",
    async ask(context) {
      const part = async (which) => {
        const [all, bots] = await Promise.all(["1", "only"].map((value) => context.reportOf("events", which, { bots: value })));
        return { part: Number(bots.data[0]?.events ?? 0), whole: Number(all.data[0]?.events ?? 0) };
      };
      return Promise.all(["current", "previous"].map(part));
    },
    find({ rows, since }) {
      const found = highestShare(rows.map(({ bot_events }) => bot_events), rows.map(({ events }) => events), { since, least: 50, fewest: FEWEST_OF_BOTS, level: 0.1, times: 2, together: EVENTS_OF_A_BOT });
      return found && { ...found, word: "High", why: `${share(found.share, 0)} in a stretch, usually ${share(found.usual, 0)}`, fact: `${share(found.share, 0)} of ${count(found.whole)} events were bots', usually ${share(found.usual, 0)}` };
    },
    judge: ([now, before]) => judgeShare(now, before, { least: 20, fewest: FEWEST_OF_BOTS, what: "of events by bots", level: 0.1, times: 2, together: EVENTS_OF_A_BOT }),
  },
  {
    name: "Payments",
    card: "orders-card",
    rule: "one attempt in seven refused, and half as often again as before; or a stretch with one in five, twice as often as in the rest",
    async ask(context) {
      return (await both(context, "error_share")).map((row) => ({ part: Number(row?.errors ?? 0), whole: Number(row?.events ?? 0) }));
    },
    find({ rows, since }) {
      const found = highestShare(rows.map(({ payment_errors }) => payment_errors), rows.map(({ payment_attempts }) => payment_attempts), { since, least: 10, level: 1 / 5, times: 2, together: ATTEMPTS_OF_A_BUYER });
      return found && { ...found, word: "High", why: `${share(found.share, 0)} in a stretch, usually ${share(found.usual, 0)}`, fact: `${share(found.share, 0)} of ${count(found.whole)} payment attempts were refused, usually ${share(found.usual, 0)}` };
    },
    judge: ([now, before]) => judgeShare(now, before, { least: 10, what: "of attempts refused", level: 1 / 7, times: 1.5, together: ATTEMPTS_OF_A_BUYER }),
  },
  {
    name: "Latency",
    card: "latency-card",
    rule: "the 95th percentile half as long again as before, of all and of one kind of event; or a stretch with twice the median one",
    ask: (context) => rowsOfBoth(context, "latency"),
    find({ rows, since }) {
      const found = highestRun(rows.map(({ p95_ms }) => p95_ms), rows.map(({ responses }) => responses), { since, least: 5, inAll: 60, times: 2 });
      return found && { ...found, word: "Slow", why: `${duration(found.value)} in a stretch, usually ${duration(found.usual)}`, fact: `95th percentile of latency ${duration(found.value)}, usually ${duration(found.usual)}` };
    },
    judge([[now, ...titles], [before, ...titlesBefore]]) {
      if (!now?.events) return { ...NORMAL, text: "no measurements" };
      const text = `95th percentile ${duration(now.p95_ms)}`;
      if (!before || before.events < 20) return { ...NORMAL, text, why: "nothing to compare with" };
      const ratio = now.p95_ms / before.p95_ms;
      const why = `${change(ratio - 1)} on the period before`;
      // Where there is more of what always took long, nothing has become slow; and a few slow ones move the 95th percentile of some hundred.
      const isSlower = titles.some((title) => {
        const ago = titlesBefore.find(({ event_title: name }) => name === title.event_title);
        const fewest = ago ? Math.min(title.events, ago.events) : 0;
        return fewest >= RESPONSES_OF_A_TITLE && title.p95_ms >= 1.5 * ago.p95_ms && (fewest >= RESPONSES_OF_MANY || title.p50_ms >= 1.2 * ago.p50_ms);
      });
      return ratio >= 1.5 && isSlower ? { level: "bad", word: "Slow", text, why, fact: `95th percentile of latency ${duration(now.p95_ms)}, ${duration(before.p95_ms)} in the period before` } : { ...NORMAL, text, why };
    },
  },
];

function judgeShare(now, before, { least, fewest = 0, what, level, times, together = 1 }) {
  if (now.whole === 0) return { ...NORMAL, text: "no events", why: "" };
  const [current, ago] = [now, before].map(({ part, whole }) => (whole > 0 ? part / whole : null));
  const text = `${share(current)} ${what}`;
  const why = ago === null ? "nothing to compare with" : `${share(ago)} before`;
  const isMore = before.whole < least ? isOver(now, level, together) : current >= times * ago && isOther(now, before, together);
  return now.whole >= least && now.part >= fewest && current >= level && isMore ? { level: "bad", word: "High", text, why, fact: `${text}, ${why}` } : { ...NORMAL, text, why };
}

/** Rows of the period and of the one before. */
const rowsOfBoth = (context, metric) => Promise.all(["current", "previous"].map(async (which) => (await context.reportOf(metric, which)).data));

/** Of each the first row. */
const both = async (context, metric) => (await rowsOfBoth(context, metric)).map(([row]) => row);

/**
 * The pulse of the period before and this one in equal steps, empty ones included; `since` is the first of this one; `isWhole`
 * says that there were visits from the first day on.
 */
export async function pulse(context) {
  const { days, first: begin } = context.period;
  const [, minutes] = STEPS.find(([most]) => days <= most);
  const back = Math.min(days, MOST_DAYS - days);
  const answer = await context.report("pulse", { from: plusDays(begin, -back), minutes });
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
  return { rows, slots, since: back * slots, isWhole: first >= 0 && first <= slots, at: (place) => new Date(Math.min(ends, begins + place * step)), last: rows.length - 1 };
}

/** When it was, as people say it. */
function when({ first, last }, found, zone) {
  const said = (date) => moment(date, zone, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return last >= found.last ? `since ${said(found.at(first))}` : `${said(found.at(first))} – ${said(found.at(last + 1))}`;
}

/** What a signal says: `{ level, word, text, why }`, and of one that is flagged `fact` and, where a stretch was found, `when`. `beats` is the promise of a pulse. */
export async function verdict(signal, context, beats) {
  const [answer, found] = await Promise.all([signal.ask(context), beats]);
  const judged = signal.judge(answer, found);
  const stretch = signal.find(found);
  return stretch ? { ...judged, level: "bad", word: stretch.word, why: stretch.why, fact: stretch.fact, when: when(stretch, found, context.zone), stretch } : judged;
}
