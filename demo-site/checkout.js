import { cartLines, totalCents } from "./cart.js";
import { byId } from "./dom.js";
import { createOrder } from "./orders.js";
import { currency } from "./products.js";
import { showSummary } from "./summary.js";
import { track, trackOrder } from "./track.js";

const lines = cartLines();

if (lines.length === 0) location.replace("cart.html");
else start();

function start() {
  showSummary(document.querySelector(".summary"), lines);
  const items = lines.reduce((sum, { quantity }) => sum + quantity, 0);
  track("checkout_start", { amount: totalCents(lines) / 100, currency, items }, "view");
  byId("checkout-form").addEventListener("submit", (submit) => {
    submit.preventDefault();
    const delivery = Object.fromEntries(new FormData(submit.target));
    const order = createOrder(lines, delivery);
    trackOrder("order_created", order, lines);
    location.assign(`payment.html?order=${order.id}`);
  });
}
