// Questions to the gateway: few at once, each once, remembered for a moment, with the reader's key.

const KEY = "clickpath-key";
/** The engine has few cores, and a browser six connections a host, one of which is the live stream's. */
const AT_ONCE = 4;
const REMEMBER_MS = 15_000;

/** Why there is no answer. `kind`: key, scope, parameter, limited, expensive, rows, away, offline or server. */
export class ApiError extends Error {
  constructor(kind, message, { status, code, parameter, retryAfterMs } = {}) {
    super(message);
    Object.assign(this, { name: "ApiError", kind, status, code, parameter, retryAfterMs });
  }
}

/** Kept until the tab is closed. */
export const key = {
  get: () => sessionStorage.getItem(KEY),
  set: (value) => sessionStorage.setItem(KEY, value),
  forget: () => sessionStorage.removeItem(KEY),
};

/** With these parameters, those that are empty left out. */
export function address(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const query = new URLSearchParams(given).toString();
  return query ? `${path}?${query}` : path;
}

/** As fetch, with the key, and an {@link ApiError} for every answer that is not 2xx. */
export async function request(path, { headers, ...options } = {}) {
  const known = key.get();
  let response;
  try {
    response = await fetch(path, { ...options, headers: { ...(known && { authorization: `Bearer ${known}` }), ...headers } });
  } catch (cause) {
    if (cause.name === "AbortError") throw cause;
    throw new ApiError("offline", "The gateway cannot be reached.", { retryAfterMs: 5_000 });
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

/** JSON of an address: the same question of several askers is one request, and its answer stands for some seconds. */
export function getJson(path, signal) {
  const asked = answers.get(path);
  if (asked && (asked.endsAt === undefined || asked.endsAt > Date.now())) return heard(asked, signal);
  const entry = { askers: 0, abort: new AbortController() };
  entry.answer = inTurn(entry.abort.signal, async () => (await request(path, { signal: entry.abort.signal, headers: { accept: "application/json" } })).json());
  entry.answer.then(
    () => { entry.endsAt = Date.now() + REMEMBER_MS; },
    () => answers.get(path) === entry && answers.delete(path),
  );
  answers.set(path, entry);
  return heard(entry, signal, () => answers.get(path) === entry && answers.delete(path));
}

/** A metric's answer: definition, parameters, meta, data and rows. */
export const report = (metric, parameters, signal) => getJson(address(`/reports/${metric}`, parameters), signal);

/** The metrics and sites that the reader may see. */
export const catalogue = (signal) => getJson("/reports/", signal);

/** Forgets all answers: the next question is asked anew. */
export const forgetAnswers = () => answers.clear();

const answers = new Map();
const waiting = [];
let running = 0;

/** The answer, unless the asker loses interest; when all have, the request ends too. */
function heard(entry, signal, forget) {
  entry.askers += 1;
  if (!signal) return entry.answer;
  return new Promise((resolve, reject) => {
    const leave = () => {
      reject(new DOMException("no longer wanted", "AbortError"));
      entry.askers -= 1;
      if (entry.askers === 0 && entry.endsAt === undefined) {
        forget?.();
        entry.abort.abort();
      }
    };
    if (signal.aborted) return leave();
    signal.addEventListener("abort", leave, { once: true });
    entry.answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

async function inTurn(signal, work) {
  if (running >= AT_ONCE) await new Promise((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    signal.throwIfAborted();
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

const KINDS = { 400: "parameter", 401: "key", 403: "scope", 404: "parameter", 422: "rows", 429: "limited" };

async function refusal(response) {
  const { status } = response;
  const text = await response.text();
  let error = {};
  try {
    error = JSON.parse(text).error ?? {};
  } catch {
    // A server in front answers in words of its own.
    error.message = text.replace(/<[^>]*>/g, " ").trim().slice(0, 200);
  }
  const kind = error.code === "report_too_expensive" ? "expensive" : status === 503 || status === 502 || status === 504 ? "away" : (KINDS[status] ?? "server");
  const seconds = Number(response.headers.get("retry-after"));
  const retryAfterMs = seconds > 0 ? seconds * 1_000 : kind === "away" ? 5_000 : undefined;
  return new ApiError(kind, error.message || `The gateway answered ${status}.`, { status, code: error.code, parameter: error.parameter, retryAfterMs });
}
