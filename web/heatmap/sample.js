// The query with which a page is opened where the wish names none.
import { isOrigin } from "../../tracker-wasm/host/origin.js";

/** What came from elsewhere, and what opens the overlay, is no part of what a page shows. */
const isForeign = (name) => isOrigin(name) || name === "clickpath";
/** What one visitor alone saw may be that visitor's own: an order, a search. */
const LEAST_VISITS = 2;

/**
 * Of `events`, rows of the report `last_events`, the query that most visits of `path` had, as `?id=kettle`; without one when most had none, or
 * none was seen by two visits.
 */
export function sampleQuery(events, path) {
  const visits = new Map();
  for (const { path: seen, url, session_id: session } of events) {
    if (seen !== path || !URL.canParse(url, "https://any.example")) continue;
    const { searchParams } = new URL(url, "https://any.example");
    for (const name of [...searchParams.keys()]) if (isForeign(name)) searchParams.delete(name);
    const query = searchParams.size > 0 ? `?${searchParams}` : "";
    if (!visits.has(query)) visits.set(query, new Set());
    visits.get(query).add(session);
  }
  const [found] = [...visits].filter(([, { size }]) => size >= LEAST_VISITS).toSorted(([, one], [, other]) => other.size - one.size);
  return found?.[0] ?? "";
}
