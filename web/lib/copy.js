// Puts a text on the clipboard and says so on the button.
import { node } from "./dom.js";

/** A button that copies what `text()` gives. */
export function copyButton(label, text, attributes = {}) {
  const button = node("button", { class: "button", type: "button", ...attributes }, label);
  let timer;
  button.addEventListener("click", async () => {
    const done = await copy(text());
    button.textContent = done ? "Copied" : "Not copied: select it by hand";
    clearTimeout(timer);
    timer = setTimeout(() => { button.textContent = label; }, 2_000);
  });
  return button;
}

/** Whether it worked. Only pages of this machine or under https may use the clipboard; others copy what is selected. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = node("textarea", { class: "visually-hidden", readonly: true });
    area.value = text;
    // Inside an open dialog nothing else takes the focus.
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
