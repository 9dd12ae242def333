// Periods as the reports API takes them: days of a zone, and now.

export const PRESETS = { today: "Today", yesterday: "Yesterday", "7d": "7 days", "30d": "30 days", month: "This month", "90d": "90 days", custom: "Custom" };
const DAY_MS = 86_400_000;
/** Of a question to the gateway. */
export const MOST_DAYS = 731;

/** The calendar day of a moment in a zone, as 2026-11-22. */
export function today(zone, now = Date.now()) {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
  return parts.format(now);
}

/** `count` days after a calendar day. */
export const plusDays = (day, count) => new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);

export const daysBetween = (from, to) => Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);

export const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) && plusDays(text, 0) === text;

/**
 * First and last day of what the state names, the parameters of the reports API for it and for the period before it. One that reaches
 * today ends now, and is compared with the same part of the one before.
 */
export function periodOf({ period, from, to, tz }, now = Date.now()) {
  const day = today(tz, now);
  const [first, last] = bounds(period, from, to, day);
  const days = daysBetween(first, last) + 1;
  const isOpen = last >= day;
  // Whole minutes: the same question for a minute, whose answer may be remembered.
  const end = Math.ceil(now / 60_000) * 60_000;
  return {
    first,
    last,
    days,
    isOpen,
    current: { from: first, to: isOpen ? new Date(end).toISOString() : last },
    previous: { from: plusDays(first, -days), to: isOpen ? new Date(end - days * DAY_MS).toISOString() : plusDays(last, -days) },
    previousFirst: plusDays(first, -days),
  };
}

/** From when on the question after a site's first visit looks: as long again before the period before, as far as the gateway takes it. */
export const longBefore = ({ previousFirst, days }) => plusDays(previousFirst, -Math.min(days, MOST_DAYS - days));

/**
 * Whether a site was there all through the period before: its first visit, a `Date` or nothing, came before it, or in its first twenty-fourth. `begins` is
 * the moment at which that period does.
 */
export const wasThere = (firstVisit, begins, { days }) => firstVisit !== undefined && firstVisit - begins <= (days * DAY_MS) / 24;

/** Whether a custom period is one the gateway takes; else why not. */
export function fault(from, to, tz) {
  if (!isDay(from) || !isDay(to)) return "Choose both days.";
  if (from > to) return "The first day comes after the last.";
  if (from > today(tz)) return "The period lies in the future.";
  if (daysBetween(from, to) >= MOST_DAYS) return "A period has at most 731 days.";
  return undefined;
}

function bounds(period, from, to, day) {
  switch (period) {
    case "today": return [day, day];
    case "yesterday": return [plusDays(day, -1), plusDays(day, -1)];
    case "30d": return [plusDays(day, -29), day];
    case "90d": return [plusDays(day, -89), day];
    case "month": return [`${day.slice(0, 8)}01`, day];
    case "custom": return [from, to < day ? to : day];
    default: return [plusDays(day, -6), day];
  }
}
