// What a shop's calls are as events: titles and fields of docs/events.md, which the metrics count.

const happenings = new Map([
  ["viewItem", (item) => [["product_view", item, "view"]]],
  ["addToCart", (item) => [["add_to_cart", { quantity: 1, ...item }]]],
  ["removeFromCart", (item) => [["remove_from_cart", { quantity: 1, ...item }]]],
  ["beginCheckout", ({ items, ...order }) => [["checkout_start", { ...order, items: items?.length }, "view"]]],
  ["purchase", purchase],
  ["refund", ({ items, ...order }) => [["order_cancelled", { status: "refunded", ...order }, "server"]]],
]);

/** One event per line, because a line's fields are its product's; readers count distinct orders. */
function purchase({ items = [], ...order }) {
  const events = [];
  for (const item of items) events[events.length] = ["order_created", { quantity: 1, ...order, ...item }, "server"];
  events[events.length] = ["order_paid", { status: "ok", ...order }, "server"];
  return events;
}

/** Title, payload and type of each event. */
export function business(name, given) {
  const happening = happenings.get(name);
  if (!happening) throw new TypeError(`no such call: ecommerce.${name}`);
  return happening({ ...given });
}
