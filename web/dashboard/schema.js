// What of the dashboard is in its address.
import { isDay, PRESETS } from "./period.js";

/** Parameters that narrow reports to some visits, with their names for people. */
export const FILTERS = { page: "Page", channel: "Channel", referrer: "Referrer", campaign: "Campaign", country: "Country", device: "Device", browser: "Browser", os: "System" };
export const NOT_KNOWN = "(none)";

export const TRENDS = { visitors: "Visitors", sessions: "Sessions", views: "Page views", bounce: "Bounce rate", length: "Session length", orders: "Orders", revenue: "Net revenue" };

const oneOf = (values) => (text) => (values.includes(text) ? text : undefined);
const day = (text) => (isDay(text) ? text : undefined);
const text = (value) => (value.length <= 1_000 ? value : undefined);

export const browserZone = () => (isZone(Intl.DateTimeFormat().resolvedOptions().timeZone) ? Intl.DateTimeFormat().resolvedOptions().timeZone : "UTC");

function isZone(zone) {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}

export const schema = {
  site: { read: text },
  period: { read: oneOf(Object.keys(PRESETS)), default: "7d" },
  from: { read: day },
  to: { read: day },
  tz: { read: (zone) => (isZone(zone) ? zone : undefined) },
  compare: { read: oneOf(["0", "1"]), default: "1" },
  bots: { read: oneOf(["0", "1", "only"]), default: "0" },
  trend: { read: oneOf(Object.keys(TRENDS)), default: "visitors" },
  sources: { read: oneOf(["channels", "referrers", "campaigns"]), default: "channels" },
  tech: { read: oneOf(["devices", "browsers", "operating_systems"]), default: "devices" },
  ...Object.fromEntries(Object.keys(FILTERS).map((name) => [name, { read: text }])),
};
