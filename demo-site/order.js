import { byId, element, parameter } from "./dom.js";
import { startFrame } from "./frame.js";
import { money } from "./money.js";
import { orderById, orderLines, orders, orderTotalCents, setStatus } from "./orders.js";
import { showSummary } from "./summary.js";
import { trackOrder } from "./track.js";

const texts = {
  created: ["Not paid yet", "Your order waits for its payment."],
  payment_failed: ["The payment did not work", "Your order is kept. You can try again."],
  paid: ["Thank you", "Your order is paid and being packed."],
  delivered: ["Delivered", "We hope it tastes. The kettle is on you."],
  cancelled: ["Cancelled", "The order was cancelled and nothing will be sent."],
};
const states = { created: "Not paid yet", payment_failed: "Payment failed", paid: "Paid", delivered: "Delivered", cancelled: "Cancelled" };
const reached = { created: 1, payment_failed: 1, paid: 2, delivered: 3, cancelled: 0 };

startFrame();
const box = document.querySelector(".order");
const order = orderById(parameter("id"));
if (order) show();
else if (parameter("id")) showMissing();
else showAll();

function show() {
  const [heading, line] = texts[order.status];
  const summary = element("aside", { class: "summary", "aria-label": "Your order" });
  showSummary(summary, orderLines(order));
  document.title = `${heading} · Morrow`;
  box.replaceChildren(
    element("h1", { id: "order-status", "data-status": order.status, tabindex: -1 }, heading),
    element("p", { class: "lead" }, line),
    element("div", { class: "columns" },
      element("div", {}, progress(), facts(), element("div", { class: "actions" }, ...actions())),
      summary),
  );
}

function progress() {
  const steps = ["Ordered", "Paid", "Delivered"].map((name, index) =>
    element("li", { class: index < reached[order.status] ? "reached" : undefined }, name));
  return element("ol", { id: "order-progress", class: "progress" }, ...steps);
}

function facts() {
  const { name, street, postcode, city, country } = order.delivery;
  const rows = [["Order", shortName(order)], ["Ordered", ordered(order, "short")], ["To", `${name}, ${street}, ${postcode} ${city}, ${country}`]];
  return element("dl", { class: "details" },
    ...rows.map(([term, text]) => element("div", {}, element("dt", {}, term), element("dd", {}, text))));
}

function actions() {
  const payAgain = () => element("a", { id: "pay-again", class: "button", href: `payment.html?order=${order.id}` }, "Pay now");
  const shop = element("a", { id: "continue-shopping", class: "quiet-link", href: "index.html" }, "Continue shopping");
  const cancel = () => action("cancel-order", "Cancel the order", "quiet-link", "cancelled", "order_cancelled", { error_code: "CUSTOMER_REQUEST" });
  const deliver = () => action("confirm-delivery", "It has arrived", "button", "delivered", "order_delivered", { status: "ok" });
  const open = { created: [payAgain, cancel], payment_failed: [payAgain, cancel], paid: [deliver, cancel] }[order.status] ?? [];
  return [...open.map((make) => make()), shop];
}

function action(id, text, look, status, title, fields) {
  const button = element("button", { id, class: look, type: "button" }, text);
  button.addEventListener("click", () => {
    setStatus(order, status);
    trackOrder(title, order, orderLines(order), fields);
    show();
    // The button is gone: the heading says what has become of the order.
    byId("order-status").focus();
  });
  return button;
}

function showAll() {
  document.title = "Your orders · Morrow";
  const rows = orders().map((each) =>
    element("li", {},
      element("a", { "data-cp": "order-link", href: `order.html?id=${each.id}` }, shortName(each)),
      element("span", {}, ordered(each)),
      element("span", { class: `order-state ${each.status}` }, states[each.status]),
      element("span", { class: "price" }, money(orderTotalCents(each)))));
  box.replaceChildren(
    element("h1", {}, "Your orders"),
    rows.length > 0 ? element("ul", { class: "order-list" }, ...rows) : element("p", {}, "You have not ordered anything in this browser yet."),
    toTheShop(),
  );
}

function showMissing() {
  box.replaceChildren(
    element("h1", {}, "We do not know this order"),
    element("p", {}, "Orders are kept in the browser that made them."),
    toTheShop(),
  );
}

function toTheShop() {
  return element("a", { id: "continue-shopping", class: "button", href: "index.html" }, "To the shop");
}

function shortName({ id }) {
  return id.slice(0, 8).toUpperCase();
}

function ordered({ createdAt }, timeStyle) {
  return new Date(createdAt).toLocaleString("en-IE", { dateStyle: "long", timeStyle });
}
