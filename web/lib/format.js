// Numbers and moments as the reader's language writes them.

const LANGUAGE = navigator.languages?.length ? navigator.languages : [navigator.language];
const formats = new Map();

function numbers(options) {
  const name = JSON.stringify(options);
  if (!formats.has(name)) formats.set(name, new Intl.NumberFormat(LANGUAGE, options));
  return formats.get(name);
}

/** An error's message as a sentence. */
export const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text[0].toUpperCase()}${text.slice(1)}.`);

export const NONE = "–";
const isNone = (value) => value === null || value === undefined || Number.isNaN(Number(value));

/** 1234567 → 1,234,567 */
export const count = (value) => (isNone(value) ? NONE : numbers({ maximumFractionDigits: 0 }).format(value));

/** 1 → 1 session, 2 → 2 sessions */
export const counted = (value, one, several = `${one}s`) => `${count(value)} ${Number(value) === 1 ? one : several}`;

/** 1234567 → 1.2M; below 10,000 in full. */
export const short = (value) =>
  isNone(value) ? NONE : Math.abs(value) < 10_000 ? numbers({ maximumFractionDigits: Number.isInteger(Number(value)) ? 0 : 1 }).format(value) : numbers({ notation: "compact", maximumFractionDigits: 1 }).format(value);

/** 0.1234 → 12.3 % */
export const share = (value, digits = 1) => (isNone(value) ? NONE : numbers({ style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value));

/** 0.1234 → +12 %; from ten times as much on, × 12 */
export const change = (value) => (value >= 9 ? `× ${short(Math.round(value + 1))}` : isNone(value) ? NONE : numbers({ style: "percent", signDisplay: "exceptZero", maximumFractionDigits: Math.abs(value) < 0.1 ? 1 : 0 }).format(value));

/** An amount in a currency by its ISO code; a code that is none stands behind the number. */
export function money(value, currency, { compact = false, axis = false } = {}) {
  if (isNone(value)) return NONE;
  const options = axis ? { notation: "compact", maximumFractionDigits: 1, minimumFractionDigits: 0 } : compact && Math.abs(value) >= 10_000 ? { notation: "compact", maximumFractionDigits: 1 } : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  try {
    return numbers({ style: "currency", currency, ...options }).format(value);
  } catch {
    return `${numbers(options).format(value)} ${currency ?? ""}`.trim();
  }
}

/** Milliseconds as a reader says them: 850 ms, 4.2 s, 3m 05s, 1h 02m. */
export function duration(milliseconds) {
  if (isNone(milliseconds)) return NONE;
  const seconds = milliseconds / 1_000;
  if (seconds < 1) return `${Math.round(milliseconds)} ms`;
  if (seconds < 60) return `${numbers({ maximumFractionDigits: 1 }).format(seconds)} s`;
  const whole = Math.round(seconds);
  const two = (number) => String(number).padStart(2, "0");
  if (whole < 3_600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  if (whole < 172_800) return `${Math.floor(whole / 3_600)}h ${two(Math.floor((whole % 3_600) / 60))}m`;
  return `${numbers({ maximumFractionDigits: 1 }).format(whole / 86_400)} d`;
}

/** ClickHouse writes UTC without a zone, `2026-11-22 10:00:00.123`, unless told otherwise. */
export function instant(text) {
  const iso = String(text).replace(" ", "T");
  return new Date(/Z$|[+-]\d\d:?\d\d$/.test(iso) ? iso : `${iso}${iso.length === 10 ? "T00:00:00" : ""}Z`);
}

/** A moment in a zone; `options` are Intl's. */
export function moment(date, zone, options = { dateStyle: "medium", timeStyle: "short" }) {
  const name = `${zone}${JSON.stringify(options)}`;
  if (!formats.has(name)) formats.set(name, new Intl.DateTimeFormat(LANGUAGE, { ...options, timeZone: zone }));
  return formats.get(name).format(date);
}

/** A calendar day such as 2026-11-22, which no zone moves. */
export const day = (text, options = { day: "numeric", month: "short" }) => moment(instant(text.slice(0, 10)), "UTC", options);

let regions;
/** DE → Germany */
export function country(code) {
  regions ??= new Intl.DisplayNames(LANGUAGE, { type: "region" });
  try {
    return code ? regions.of(code) : "Unknown";
  } catch {
    return code;
  }
}
