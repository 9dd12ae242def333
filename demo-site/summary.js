import { totalCents } from "./cart.js";
import { element } from "./dom.js";
import { money } from "./money.js";

/** Fills the box beside checkout, payment and order with lines and their sum. */
export function showSummary(box, lines) {
  const rows = lines.map(({ product, quantity }) =>
    element("div", { class: "sum" },
      element("span", {}, `${quantity} × ${product.name}`),
      element("span", { class: "price" }, money(product.priceCents * quantity))));
  box.replaceChildren(
    ...rows,
    element("div", { class: "sum total" },
      element("span", {}, "Total"),
      element("span", { class: "price" }, money(totalCents(lines)))),
  );
}
