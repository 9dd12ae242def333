// The switch of colours: as the system, light, dark. web/early.js applies the choice before the first paint.

const KEY = "clickpath-theme";
const NAMES = { system: "as the system", light: "light", dark: "dark" };
const ORDER = ["system", "light", "dark"];
const listeners = new Set();

export const isDark = () => chosen() === "dark" || (chosen() === "system" && matchMedia("(prefers-color-scheme: dark)").matches);

/** Calls `work` whenever the colours change: what is drawn on a canvas takes them from {@link color}. */
export function onTheme(work) {
  listeners.add(work);
  return () => listeners.delete(work);
}

/** The colour that a token of web/style/tokens.css, such as `--series-1`, stands for now: a canvas knows no `light-dark()`. */
export function color(token) {
  probe.style.color = `var(${token})`;
  if (!probe.isConnected) document.body.append(probe);
  return getComputedStyle(probe).color;
}

const probe = document.createElement("i");
probe.hidden = true;

export function setUpThemeSwitch(button) {
  const show = () => {
    button.setAttribute("aria-label", `Colours: ${NAMES[chosen()]}`);
    button.title = `Colours: ${NAMES[chosen()]}`;
  };
  button.addEventListener("click", () => {
    choose(ORDER[(ORDER.indexOf(chosen()) + 1) % ORDER.length]);
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);
  show();
}

const chosen = () => document.documentElement.dataset.theme ?? "system";

function choose(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // The choice stands until the page is left.
  }
  tell();
}

function tell() {
  for (const listener of listeners) listener();
}
