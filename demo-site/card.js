import { addToCart } from "./cart.js";
import { element } from "./dom.js";
import { money } from "./money.js";
import { productFields, track } from "./track.js";

/** One product on a shelf; `prefix` keeps ids apart where a product may show twice on a site's page kinds. */
export function productCard(product, prefix = "product") {
  const picture = element("img", { src: product.picture, alt: "", width: 320, height: 320, loading: "lazy" });
  const link = element(
    "a",
    { id: `${prefix}-${product.id}`, class: "card-link", href: `product.html?id=${product.id}` },
    element("span", { class: `plate ${product.category}` }, picture),
    element("span", { class: "card-name" }, product.name),
    element("span", { class: "card-line" }, product.line),
  );
  return element(
    "li",
    { class: "card" },
    link,
    element("div", { class: "card-foot" }, element("span", { class: "price" }, money(product.priceCents)), quickAdd(product)),
  );
}

function quickAdd(product) {
  const label = `Add ${product.name} to the cart`;
  const button = element("button", { id: `quick-add-${product.id}`, class: "quick-add", type: "button", "aria-label": label }, "Add");
  button.addEventListener("click", () => {
    addToCart(product.id, 1);
    track("add_to_cart", productFields(product, 1));
    button.textContent = "Added";
    button.setAttribute("aria-label", `${product.name} is in the cart`);
    button.classList.add("done");
    setTimeout(() => {
      button.textContent = "Add";
      button.setAttribute("aria-label", label);
      button.classList.remove("done");
    }, 1500);
  });
  return button;
}
