// Passes on what the browser's performance observers tell.
import { say } from "./enter.js";
import { VITAL } from "./signals.js";

function observe(type, tell, options) {
  try {
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) tell(entry);
    });
    observer.observe({ type, buffered: true, ...options });
  } catch {
    // This browser does not measure it: the field is missing.
  }
}

export function measure() {
  observe("navigation", ({ responseStart }) => say(VITAL + 4, responseStart));
  observe("largest-contentful-paint", ({ startTime }) => say(VITAL, startTime));
  observe("paint", ({ name, startTime }) => name == "first-contentful-paint" && say(VITAL + 3, startTime));
  observe("layout-shift", ({ hadRecentInput, value, startTime }) => hadRecentInput || say(VITAL + 1, value, startTime));
  observe("event", ({ interactionId, duration }) => interactionId && say(VITAL + 2, duration, interactionId), { durationThreshold: 40 });
}
