// The panel that asks for a key where the gateway wants one.
import { forgetAnswers, key } from "./api.js";
import { node } from "./dom.js";

/** In place of `container`'s content; `then` is called when a key was given. `error` is what the gateway said. */
export function askForKey(container, error, then, scope = "read") {
  const had = key.get() !== null;
  key.forget();
  const input = node("input", { class: "field", type: "password", id: "api-key", name: "key", required: true, autocomplete: "off", spellcheck: "false", placeholder: "cpk_…", "aria-describedby": "api-key-help" });
  const submit = (event) => {
    event.preventDefault();
    key.set(input.value.trim());
    forgetAnswers();
    then();
  };
  const form = node("form", { class: "card sign-in", onsubmit: submit },
    node("h1", {}, had ? "This key is not accepted" : "Sign in with a key"),
    node("p", { role: "alert" }, had ? "It may have been replaced, or was mistyped. " : "", error.status === 403 ? `The gateway says: ${error.message}.` : `This is for those with a key of the scope ${scope}.`),
    node("label", { for: "api-key" }, "API key"),
    input,
    node("p", { id: "api-key-help", class: "soft small" }, "It stays in this tab until the tab is closed. Who runs this gateway makes one with ", node("code", {}, `clickpath key new --scope ${scope}`), "."),
    node("button", { class: "button primary", type: "submit" }, "Continue"));
  container.replaceChildren(form);
  input.focus();
}
