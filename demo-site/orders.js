import { productById } from "./products.js";
import { read, write } from "./stored.js";

const KEY = "shop.orders";

/** Makes an order of cart lines: `{id, createdAt, status, lines: [{productId, priceCents, quantity}]}`. */
export function createOrder(lines, delivery) {
  const order = {
    id: newOrderId(),
    createdAt: new Date().toISOString(),
    status: "created",
    delivery,
    lines: lines.map(({ product, quantity }) => ({
      productId: product.id,
      priceCents: product.priceCents,
      quantity,
    })),
  };
  save(order);
  return order;
}

export function orderById(id) {
  return read(KEY, {})[id];
}

/** All orders of this browser, the latest first. */
export function orders() {
  return Object.values(read(KEY, {})).sort((one, other) => other.createdAt.localeCompare(one.createdAt));
}

/** Statuses: `created`, `payment_failed`, `paid`, `delivered`, `cancelled`. */
export function setStatus(order, status) {
  order.status = status;
  save(order);
}

export function orderTotalCents(order) {
  return order.lines.reduce((sum, { priceCents, quantity }) => sum + priceCents * quantity, 0);
}

/** Order lines in the form cart lines have. */
export function orderLines(order) {
  return order.lines.map(({ productId, priceCents, quantity }) => ({
    product: { ...productById(productId), priceCents },
    quantity,
  }));
}

function save(order) {
  const orders = read(KEY, {});
  orders[order.id] = order;
  write(KEY, orders);
}

// crypto.randomUUID exists in secure contexts only; the shop may be looked at over plain HTTP.
function newOrderId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
