// What the module calls: tracker-wasm/src/host.rs has the meaning of each.
import { say } from "./enter.js";
import { WOKEN } from "./signals.js";

export { record } from "./events.js";
export { beacon, bytes, find, forget, overflows, pack, random, release, send, store, weight } from "./outbox.js";

let timer;
export function wake(after) {
  clearTimeout(timer);
  timer = setTimeout(() => say(WOKEN), after);
}
