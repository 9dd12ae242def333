// What the dashboard calls unusual in made-up traffic, without a browser and a database: the page's own rules over the generator's events.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { program } from "../stack/clickpath.mjs";

// The words of a verdict are in the reader's language.
globalThis.navigator ??= { languages: ["en-GB"] };
const { pulse, SIGNALS, verdict } = await import("../../web/dashboard/judge.js");
const { periodOf } = await import("../../web/dashboard/period.js");

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const BOT = /Headless|python-requests|Googlebot/;

/**
 * The flagged signals `{ name, fact, when, from, to }` of a period that a reader chose at `until`; `from` and `to`, in milliseconds, where
 * it is a stretch.
 */
export async function unusualIn(events, { until, period }) {
  const context = contextOf(events, periodOf({ period, tz: "UTC" }, Date.parse(until)));
  const beats = pulse(context);
  const { at } = await beats;
  const verdicts = await Promise.all(SIGNALS.map(async (signal) => ({ name: signal.name.toLowerCase(), ...(await verdict(signal, context, beats)) })));
  return verdicts.filter(({ level }) => level === "bad").map(({ name, fact, when, stretch }) => ({ name, fact, when, from: stretch && at(stretch.first).getTime(), to: stretch && at(stretch.last + 1).getTime() }));
}

/** What the signal of a name says to answers of the period and of the one before. */
export const judged = (name, ...answers) => SIGNALS.find((signal) => signal.name === name).judge(answers, { isWhole: true }).level;

/** How many days are asked for to judge a period of one's own. */
export async function pulseOf(events, { until, from, to }) {
  const context = contextOf(events, periodOf({ period: "custom", from, to, tz: "UTC" }, Date.parse(until)));
  const { at, last } = await pulse(context);
  return { days: Math.round((at(last + 1) - at(0)) / DAY_MS) };
}

/** Events of `clickpath generate` as the rules need them, in the order in which they happened, checked against what the generator counted. */
export async function generated({ scenario, span, count, seed, until }) {
  const folder = mkdtempSync(join(tmpdir(), "clickpath-unusual-"));
  try {
    const [output, expected] = [join(folder, "events.jsonl"), join(folder, "expected.json")];
    const traffic = ["--scenario", scenario, "--span", span, "--count", String(count), "--seed", String(seed), "--until", until];
    await promisify(execFile)(program, ["generate", "--to", "jsonl", "--output", output, "--expected", expected, ...traffic]);
    const events = readFileSync(output, "utf8").trimEnd().split("\n").map(read).sort((one, other) => one.at - other.at);
    const sessions = new Set();
    for (const event of events) {
      event.begins = event.isVisit && !event.isBot && !sessions.has(event.session);
      if (event.begins) sessions.add(event.session);
    }
    const { pulse: counted } = JSON.parse(readFileSync(expected, "utf8"));
    assert.deepEqual(rows(events, 60).map(({ time, ...row }) => ({ hour_ms: time, ...row })), counted, "not what the generator counted by the hour");
    return events;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function read(line) {
  const { type, created_at: at, session_id: session, user_agent: agent, payload } = JSON.parse(line);
  const { event_title: title } = payload;
  const isPayment = title === "payment_attempt";
  return { at, session, title, isBot: BOT.test(agent ?? ""), isVisit: type !== "server", isPayment, isRefused: isPayment && payload.status === "error", latency: payload.latency_ms };
}

/** The metric `pulse` in steps of so many minutes. */
function rows(events, minutes) {
  const step = minutes * MINUTE_MS;
  const steps = grouped(events, ({ at }) => Math.floor(at / step));
  return [...steps].map(([place, all]) => {
    const people = all.filter(({ isBot }) => !isBot);
    const latencies = people.filter(({ latency }) => latency !== undefined);
    return {
      time: place * step,
      sessions: people.filter(({ begins }) => begins).length,
      events: all.length,
      bot_events: all.length - people.length,
      payment_attempts: people.filter(({ isPayment }) => isPayment).length,
      payment_errors: people.filter(({ isRefused }) => isRefused).length,
      responses: latencies.length,
      p95_ms: quantile(0.95, latencies),
    };
  });
}

function grouped(values, keyOf) {
  const groups = new Map();
  for (const value of values) {
    const key = keyOf(value);
    if (groups.has(key)) groups.get(key).push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

function quantile(share, events) {
  const sorted = events.map(({ latency }) => latency).sort((one, other) => one - other);
  return sorted[Math.floor(share * sorted.length)] ?? null;
}

/** What the page's rules ask, answered as the reports API does. */
function contextOf(events, period) {
  const between = ({ from, to }) => {
    const [first, end] = [Date.parse(from), to.length === 10 ? Date.parse(to) + DAY_MS : Date.parse(to)];
    return { first, end, found: events.filter(({ at }) => at >= first && at < end) };
  };
  const answers = {
    session_duration: (people) => [{ sessions: people.filter(({ begins }) => begins).length }],
    events: (people, all, { bots }) => [{ events: bots === "only" ? all.length - people.length : all.length }],
    error_share: (people) => {
      const [attempts, refused] = [people.filter(({ isPayment }) => isPayment).length, people.filter(({ isRefused }) => isRefused).length];
      return [{ events: attempts, errors: refused, error_share: attempts ? refused / attempts : null }];
    },
    latency: (people) => {
      const measured = people.filter(({ latency }) => latency !== undefined);
      const row = (title, of) => ({ event_title: title, events: of.length, p50_ms: quantile(0.5, of), p95_ms: quantile(0.95, of) });
      return [row("", measured), ...[...grouped(measured, ({ title }) => title)].map(([title, of]) => row(title, of))];
    },
  };
  return {
    period,
    zone: "UTC",
    async reportOf(metric, which, more = {}) {
      const { found } = between(period[which]);
      return { data: answers[metric](found.filter(({ isBot }) => !isBot), found, more) };
    },
    async report(metric, { from, minutes }) {
      assert.equal(metric, "pulse");
      const { first, end, found } = between({ ...period.current, from });
      const text = (ms) => new Date(ms).toISOString();
      return { parameters: { from: text(first), to: text(end) }, data: rows(found, minutes).map((row) => ({ ...row, time: text(row.time) })) };
    },
  };
}
