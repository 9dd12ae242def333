const LONGEST_PAUSE_MS = 8_000;
const PATIENCE_MS = 10_000;

/**
 * Asks, waits `pauseMs`, asks again; after failures it waits longer, or as long as the server says. Stops while the
 * page is hidden. `ask(signal)` gives a promise, `answered` its value, `failed` its error.
 */
export function poll({ pauseMs, ask, answered, failed, paused }) {
  let timer;
  let turn = 0;
  let failuresInRow = 0;

  async function next() {
    const mine = ++turn;
    let wait = pauseMs;
    try {
      const answer = await ask(AbortSignal.timeout(PATIENCE_MS));
      if (mine !== turn) return;
      failuresInRow = 0;
      answered(answer);
    } catch (error) {
      if (mine !== turn) return;
      failuresInRow += 1;
      wait = error.retryAfterMs ?? Math.min(pauseMs * 2 ** failuresInRow, LONGEST_PAUSE_MS);
      console.warn("clickpath dashboard:", error);
      failed(error);
    }
    timer = setTimeout(next, wait);
  }

  function startOrStop() {
    clearTimeout(timer);
    if (!document.hidden) return void next();
    turn += 1; // an answer under way comes too late
    paused();
  }

  document.addEventListener("visibilitychange", startOrStop);
  startOrStop();
}
