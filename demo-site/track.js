// Business events for Clickpath. The tracker's script is async: what happens before it runs waits in `q`.

import { currency } from "./products.js";

const clickpath = () =>
  (window.clickpath ??= {
    q: [],
    track(...call) {
      this.q.push(["track", ...call]);
    },
  });

/**
 * Reports one event. `payload` has the names of the event contract: `product_id`, `order_id`, `status`, …
 * No `element_id` among them: the tracker reports the click on the button by itself, and two clicks on the same element
 * would be counted. `type` is `click`, `view` or `server`.
 */
export function track(title, payload = {}, type = "click") {
  clickpath().track(title, payload, type);
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

/**
 * Reports an event of an order once per line: product fields travel with each, and readers count distinct `order_id`s.
 * Type `server`, because in a shop that sells something its back end would report it.
 */
export function trackOrder(title, order, lines, more = {}) {
  for (const { product, quantity } of lines) {
    track(title, { order_id: order.id, ...productFields(product, quantity), ...more }, "server");
  }
}
