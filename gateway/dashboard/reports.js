const MINUTE_MS = 60_000;
/** Devices' clocks may run ahead of this one by as much as the server leaves uncorrected. */
const AHEAD_MINUTES = 5;

/** The rows of one report; an error says what the gateway said. */
export async function report(name, parameters, signal) {
  const response = await ask(name, parameters, signal);
  if (!response.ok) throw await refusal(response);
  return (await response.json()).data;
}

/** `from` and `to` around the last `count` minutes, the current one included. */
export function lastMinutes(count, now = Date.now()) {
  const current = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  return {
    from: new Date(current - (count - 1) * MINUTE_MS).toISOString(),
    to: new Date(current + (1 + AHEAD_MINUTES) * MINUTE_MS).toISOString(),
  };
}

/** ClickHouse writes UTC without a zone, `2026-11-22 10:00:00.123`, unless told otherwise. */
export function instant(text) {
  const iso = text.replace(" ", "T");
  return new Date(/Z$|[+-]\d\d:?\d\d$/.test(iso) ? iso : `${iso}Z`);
}

async function ask(name, parameters, signal) {
  try {
    return await fetch(`/reports/${name}?${new URLSearchParams(parameters)}`, { signal });
  } catch (cause) {
    const why = cause.name === "TimeoutError" ? "did not answer in time" : "cannot be reached";
    throw new Error(`The gateway ${why}.`, { cause });
  }
}

async function refusal(response) {
  const text = await response.text();
  const error = new Error(`The gateway answers ${response.status}: ${reason(text) || response.statusText}`);
  const seconds = Number(response.headers.get("retry-after"));
  if (seconds > 0) error.retryAfterMs = seconds * 1_000;
  return error;
}

/** The message of the gateway's `{"error": {"message": …}}`; of another server's answer the first words. */
function reason(text) {
  try {
    return JSON.parse(text).error.message;
  } catch {
    return text.slice(0, 300);
  }
}
