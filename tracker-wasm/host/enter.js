// The one way into the module.
import { signal } from "clickpath-glue";

export const warn = (...words) => console.warn("clickpath:", ...words);

let stopped;
let silent;
/** A call is under way: a page may replace what the module calls, and call back. */
let busy;

/** What listeners have left to do. */
const rest = [];

/** Runs it after the page has answered, and before anything else calls the module. */
export function later(run) {
  if (stopped || silent) return;
  if (!rest.length) setTimeout(enter);
  rest[rest.length] = run;
}

function settle() {
  for (const run of rest) run();
  rest.length = 0;
}

/** Runs what calls the module. It never throws into a listener or timer of the page. */
export function enter(run, ...values) {
  if (stopped || silent) return;
  if (busy) return queueMicrotask(() => enter(run, ...values));
  busy = true;
  try {
    settle();
    return run?.(...values);
  } catch (error) {
    stopped = true;
    warn("stopped, the page goes on unmeasured:", error);
  } finally {
    busy = false;
  }
}

/** Keeps all from the module that happens from now on, or no longer. */
export const silence = (on) => (silent = on);

/** Tells the module in numbers; for what is inside of {@link enter}. */
export const tell = (kind, a = 0, b = 0, c = 0, now = performance.now()) => signal(kind, now, a, b, c);

/** Tells the module in numbers. */
export const say = (...numbers) => enter(tell, ...numbers);
