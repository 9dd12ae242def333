import { productCard } from "./card.js";
import { addToCart } from "./cart.js";
import { element, parameter } from "./dom.js";
import { markCategory, startFrame } from "./frame.js";
import { money } from "./money.js";
import { categoryById, productById, products } from "./products.js";
import { quantityStepper } from "./stepper.js";
import { suggestions } from "./suggestions.js";
import { productFields, track } from "./track.js";

startFrame();
const product = productById(parameter("id"));
if (product) showProduct();
else showMissing();

function showProduct() {
  document.title = `${product.name} · Morrow`;
  markCategory(product.category);
  showCrumbs();
  document.querySelector(".product").replaceChildren(
    element("div", { id: "detail-picture", class: `plate ${product.category}` },
      element("img", { src: product.picture, alt: `Drawing: ${product.name}`, width: 320, height: 320 })),
    element("div", { class: "product-text" },
      element("h1", {}, product.name),
      element("p", { class: "product-line" }, product.line),
      element("p", { class: "price large" }, money(product.priceCents)),
      element("p", {}, product.description),
      order(),
      details()),
  );
  showRelated();
  track("product_view", productFields(product, 1), "view");
}

function showCrumbs() {
  const category = categoryById(product.category);
  document.querySelector(".crumbs").replaceChildren(
    element("a", { id: "crumb-home", href: "index.html" }, "Shop"),
    " / ",
    element("a", { id: "crumb-category", href: `index.html?category=${category.id}` }, category.name),
  );
}

function order() {
  const stepper = quantityStepper({ id: "quantity", quantity: 1, label: `Quantity of ${product.name}` });
  const button = element("button", { id: "add-to-cart", class: "button", type: "button" }, "Add to cart");
  const note = element("p", { class: "form-note", role: "status" });
  button.addEventListener("click", () => {
    const quantity = stepper.quantity();
    addToCart(product.id, quantity);
    track("add_to_cart", productFields(product, quantity));
    const added = quantity === 1 ? "One was added. " : `${quantity} were added. `;
    note.replaceChildren(added, element("a", { id: "view-cart-link", href: "cart.html" }, "View cart"));
  });
  return element("div", { class: "order-box" }, element("div", { class: "joined" }, stepper.node, button), note);
}

function details() {
  const rows = Object.entries(product.details).map(([term, text]) =>
    element("div", {}, element("dt", {}, term), element("dd", {}, text)));
  return element("dl", { id: "detail-facts", class: "details" }, ...rows);
}

function showRelated() {
  const start = products.indexOf(product);
  const related = [5, 9, 13, 18].map((step) => products[(start + step) % products.length]);
  document.querySelector(".related").hidden = false;
  document.querySelector(".related .grid").replaceChildren(...related.map((each) => productCard(each, "related")));
}

function showMissing() {
  document.title = "Not found · Morrow";
  document.querySelector(".product").replaceWith(
    element("h1", {}, "This is not on our shelves"),
    element("p", {}, "It may have sold out."),
    element("a", { id: "continue-shopping", class: "button", href: "index.html" }, "To the shop"),
    suggestions("Still here"),
  );
}
