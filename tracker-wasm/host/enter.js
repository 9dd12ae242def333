// The one way into the module.
import { signal } from "clickpath-glue";

export const warn = (...words) => console.warn("clickpath:", ...words);

let stopped;
let silent;
/** A call is under way: a page may replace what the module calls, and call back. */
let busy;

/** Runs what calls the module. It never throws into a listener or timer of the page. */
export function enter(run, ...values) {
  if (stopped || silent) return;
  if (busy) return queueMicrotask(() => enter(run, ...values));
  busy = true;
  try {
    return run(...values);
  } catch (error) {
    stopped = true;
    warn("stopped, the page goes on unmeasured:", error);
  } finally {
    busy = false;
  }
}

/** Keeps all from the module that happens from now on, or no longer. */
export const silence = (on) => (silent = on);

/** Tells the module in numbers. */
export const say = (kind, a = 0, b = 0, c = 0) => enter(signal, kind, performance.now(), a, b, c);
