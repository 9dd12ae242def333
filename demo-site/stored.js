// The browser's storage can be full, switched off, or hold what an older version of the shop wrote:
// the shop then works on with the page's own memory. `kind` is `localStorage`, or `sessionStorage` for this tab only.

const memory = new Map();

export function read(key, fallback, kind = "localStorage") {
  const text = memory.get(key) ?? textFromStorage(key, kind);
  if (text === null) return fallback;
  try {
    return JSON.parse(text);
  } catch (error) {
    console.warn(`shop: ${key} in ${kind} is not JSON and is ignored`, error);
    return fallback;
  }
}

export function write(key, value, kind = "localStorage") {
  const text = JSON.stringify(value);
  try {
    window[kind].setItem(key, text);
    memory.delete(key);
  } catch (error) {
    memory.set(key, text);
    console.warn(`shop: ${key} is kept for this page only`, error);
  }
}

function textFromStorage(key, kind) {
  try {
    return window[kind].getItem(key);
  } catch (error) {
    console.warn(`shop: ${kind} is switched off`, error);
    return null;
  }
}
