import { productById } from "./products.js";
import { read, write } from "./stored.js";

const KEY = "shop.cart";
export const MAX_QUANTITY = 20;

/** Lines `{product, quantity}` in the order they were first added. */
export function cartLines() {
  return Object.entries(read(KEY, {})).flatMap(([id, quantity]) => {
    const product = productById(id);
    return product && quantity > 0 ? [{ product, quantity }] : [];
  });
}

export function addToCart(productId, quantity) {
  const quantities = read(KEY, {});
  setQuantity(productId, (quantities[productId] ?? 0) + quantity);
}

/** Zero takes the line out. */
export function setQuantity(productId, quantity) {
  const quantities = read(KEY, {});
  if (quantity > 0) quantities[productId] = Math.min(quantity, MAX_QUANTITY);
  else delete quantities[productId];
  write(KEY, quantities);
  showCartCount();
}

export function clearCart() {
  write(KEY, {});
  showCartCount();
}

export function totalCents(lines) {
  return lines.reduce((sum, { product, quantity }) => sum + product.priceCents * quantity, 0);
}

/** Writes the number of things into the header's cart link, where the page has one. */
export function showCartCount() {
  const badge = document.querySelector(".cart-count");
  if (!badge) return;
  const count = cartLines().reduce((sum, { quantity }) => sum + quantity, 0);
  badge.textContent = String(count);
  badge.hidden = count === 0;
}
