// The exact event once more, as a line for a shell.

/** Quoted for sh, bash and zsh. Control characters, which no JSON has and a refused body may, are written as escapes and not pasted. */
export function quoted(text) {
  if (!/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll("'", "\\'")
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, (letter) => {
      const code = letter.charCodeAt(0).toString(16);
      return code.length < 3 && letter < "\u0080" ? `\\x${code.padStart(2, "0")}` : `\\u${code.padStart(4, "0")}`;
    });
  return `$'${escaped}'`;
}

/** `--data-raw`, as `--data` would read a file where a text begins with `@`. */
export function curl(event, origin) {
  const query = new URLSearchParams(event.site ? { site: event.site } : {}).toString();
  const address = `${origin}/events${query && `?${query}`}`;
  return `curl -X POST ${quoted(address)} \\\n  -H 'Content-Type: application/json' \\\n  --data-raw ${quoted(event.sent)}`;
}
