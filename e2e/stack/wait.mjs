// Waits for facts, with a bound.

/** Resolves to the first truthy value of `look`, asked again and again; fails with `what` after `milliseconds`. */
export async function waitFor(what, look, milliseconds = 10_000) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`waited ${milliseconds} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
