// Server-sent events over fetch: EventSource sends no key.
import { ApiError, request } from "./api.js";

const SILENCE_MS = 15_000;
const PAUSES_MS = [500, 1_000, 2_000, 5_000, 10_000];

/**
 * Calls `on.event(name, data)` for each event, reconnecting until the returned function is called. `on.state` hears "open", "waiting"
 * and "refused" (with the error, when asking again is of no use).
 */
export function follow(path, on) {
  const abort = new AbortController();
  let failures = 0;
  let timer;

  async function connect() {
    const silence = new AbortController();
    let watch = setTimeout(() => silence.abort(), SILENCE_MS);
    try {
      const response = await request(path, { headers: { accept: "text/event-stream" }, signal: AbortSignal.any([abort.signal, silence.signal]) });
      on.state?.("open");
      for await (const event of events(response.body)) {
        failures = 0;
        clearTimeout(watch);
        watch = setTimeout(() => silence.abort(), SILENCE_MS);
        if (event.data !== "") tell(event);
      }
    } catch (error) {
      if (abort.signal.aborted) return;
      if (error instanceof ApiError && ["key", "scope", "parameter"].includes(error.kind)) return on.state?.("refused", error);
      if (error.retryAfterMs) return again(error.retryAfterMs);
    } finally {
      clearTimeout(watch);
    }
    if (!abort.signal.aborted) again(PAUSES_MS[Math.min(failures++, PAUSES_MS.length - 1)]);
  }

  /** A page that trips over an event has a fault of its own: the connection stands. */
  function tell({ name, data }) {
    try {
      on.event(name, JSON.parse(data));
    } catch (error) {
      reportError(error);
    }
  }

  function again(milliseconds) {
    on.state?.("waiting");
    timer = setTimeout(connect, milliseconds);
  }

  connect();
  return () => {
    clearTimeout(timer);
    abort.abort();
  };
}

/** Of a body as the HTML standard has it (9.2.6), comments as events without data. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const event = { name: "message", data: "" };
        for (const line of block.split("\n")) {
          if (line.startsWith("event:")) event.name = line.slice(6).trim();
          else if (line.startsWith("data:")) event.data += (event.data && "\n") + line.slice(5).trimStart();
        }
        yield event;
      }
    }
  } finally {
    reader.releaseLock();
  }
}
