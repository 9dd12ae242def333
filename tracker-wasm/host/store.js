// What is kept in the browser, or with no consent to that as long as the page.

let stores;
const memory = new Map();
const OPTED_OUT = "clickpath.optout";

/** Names of all that is stored and begins so. */
export function names(prefix) {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(prefix));
  } catch {
    return [];
  }
}

/** What is stored under a name; empty when nothing is. */
export function load(name) {
  try {
    return memory.get(name) ?? (stores ? localStorage.getItem(name) : "") ?? "";
  } catch {
    return "";
  }
}

/** Tells whether the value outlives the page. An empty one removes what is stored. */
export function write(name, value) {
  try {
    if (!stores) return false;
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
    return true;
  } catch {
    return false;
  }
}

/** As {@link write}; what finds no room there is kept as long as the page. */
export function save(name, value) {
  const kept = write(name, value);
  if (kept) memory.delete(name);
  else memory.set(name, value);
  return kept;
}

/** Begins to store, or takes out all that was stored but the wish not to be measured. */
export function keep(on) {
  stores = true;
  if (!on) {
    memory.clear();
    for (const name of names("clickpath.")) if (name != OPTED_OUT) write(name, "");
  }
  stores = on;
  for (const [name, value] of on ? memory : []) save(name, value);
}
