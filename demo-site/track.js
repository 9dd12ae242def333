// Business events for Clickpath. The tracker's script is async: what happens before it runs waits in `q`.

import { currency } from "./products.js";

const clickpath = () =>
  (window.clickpath ??= {
    q: [],
    track(...call) {
      this.q.push(["track", ...call]);
    },
  });

/** Reports one event. `payload` has the names of the event contract: `product_id`, `order_id`, `status`, … */
export function track(title, payload = {}) {
  clickpath().track(title, payload);
}

/** The product fields of one cart line. */
export function productFields(product, quantity) {
  return {
    product_id: product.id,
    category: product.category,
    price: product.priceCents / 100,
    currency,
    quantity,
  };
}

/** Reports an event of an order once per line: product fields travel with each, and readers count distinct `order_id`s. */
export function trackOrder(title, order, lines, more = {}) {
  for (const { product, quantity } of lines) {
    track(title, { order_id: order.id, ...productFields(product, quantity), ...more });
  }
}
