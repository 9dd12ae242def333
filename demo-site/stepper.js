import { MAX_QUANTITY } from "./cart.js";
import { element } from "./dom.js";

/** A number field between two buttons: `#<id>`, `#<id>-minus`, `#<id>-plus`. `changed` gets every valid quantity. */
export function quantityStepper({ id, quantity, label, changed = () => {} }) {
  const input = element("input", { id, type: "number", min: 1, max: MAX_QUANTITY, value: quantity, inputmode: "numeric", "aria-label": label });
  const step = (sign, text, by) => {
    const button = element("button", { id: `${id}-${sign}`, type: "button", "aria-label": `${text}: ${label}` }, by > 0 ? "+" : "−");
    button.addEventListener("click", () => set(read() + by));
    return button;
  };
  const read = () => Math.trunc(Number(input.value)) || 1;
  const set = (wanted) => {
    input.value = String(Math.min(MAX_QUANTITY, Math.max(1, wanted)));
    changed(read());
  };
  input.addEventListener("change", () => set(read()));
  return {
    node: element("div", { class: "stepper" }, step("minus", "One less", -1), input, step("plus", "One more", 1)),
    quantity: () => {
      set(read());
      return read();
    },
  };
}
