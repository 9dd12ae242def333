// localStorage can be full, switched off, or hold what an older version of the shop wrote:
// the shop then works on with the page's own memory.

const memory = new Map();

export function read(key, fallback) {
  const text = memory.get(key) ?? textFromStorage(key);
  if (text === null) return fallback;
  try {
    return JSON.parse(text);
  } catch (error) {
    console.warn(`shop: ${key} in localStorage is not JSON and is ignored`, error);
    return fallback;
  }
}

export function write(key, value) {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(key, text);
    memory.delete(key);
  } catch (error) {
    memory.set(key, text);
    console.warn(`shop: ${key} is kept for this page only`, error);
  }
}

function textFromStorage(key) {
  try {
    return localStorage.getItem(key);
  } catch (error) {
    console.warn("shop: localStorage is switched off", error);
    return null;
  }
}
