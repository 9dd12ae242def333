import { cartLines, setQuantity, totalCents } from "./cart.js";
import { element } from "./dom.js";
import { startFrame } from "./frame.js";
import { money } from "./money.js";
import { quantityStepper } from "./stepper.js";
import { suggestions } from "./suggestions.js";
import { productFields, track } from "./track.js";

const cart = document.querySelector(".cart");

startFrame();
show();

function show() {
  const lines = cartLines();
  if (lines.length === 0) showEmpty();
  else cart.replaceChildren(element("div", { class: "columns" }, list(lines), summary(lines)));
}

function showEmpty() {
  cart.replaceChildren(
    element("p", {}, "There is nothing in it yet."),
    element("a", { id: "continue-shopping", class: "button", href: "index.html" }, "To the shop"),
    suggestions("Many begin with these"),
  );
}

function list(lines) {
  return element("ul", { class: "cart-lines" }, ...lines.map(row));
}

function row({ product, quantity }) {
  const price = element("span", { class: "price" }, money(product.priceCents * quantity));
  const stepper = quantityStepper({
    id: `cart-quantity-${product.id}`,
    quantity,
    label: `Quantity of ${product.name}`,
    changed: (wanted) => {
      setQuantity(product.id, wanted);
      price.textContent = money(product.priceCents * wanted);
      document.querySelector(".cart .summary").replaceWith(summary(cartLines()));
    },
  });
  const remove = element("button", { id: `cart-remove-${product.id}`, class: "quiet-link", type: "button", "aria-label": `Remove ${product.name}` }, "Remove");
  remove.addEventListener("click", () => {
    track("remove_from_cart", productFields(product, stepper.quantity()));
    setQuantity(product.id, 0);
    show();
    // The button is gone: whoever came by keyboard goes on from the heading.
    document.querySelector("h1").focus();
  });
  return element(
    "li",
    { class: "cart-line" },
    element("span", { class: `plate small ${product.category}` }, element("img", { src: product.picture, alt: "", width: 96, height: 96 })),
    element("div", {},
      element("a", { id: `cart-item-${product.id}`, href: `product.html?id=${product.id}` }, product.name),
      element("p", { class: "card-line" }, product.line),
      element("div", { class: "joined" }, stepper.node, remove)),
    price,
  );
}

function summary(lines) {
  return element(
    "aside",
    { class: "summary", "aria-label": "Sum" },
    element("div", { class: "sum" }, element("span", {}, "Delivery"), element("span", {}, "free")),
    element("div", { class: "sum total" }, element("span", {}, "Total"), element("span", { class: "price" }, money(totalCents(lines)))),
    element("a", { id: "checkout-button", class: "button", href: "checkout.html" }, "Check out"),
    element("a", { id: "continue-shopping", class: "quiet-link", href: "index.html" }, "Continue shopping"),
  );
}
