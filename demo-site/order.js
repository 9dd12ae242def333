import { element, parameter } from "./dom.js";
import { startFrame } from "./frame.js";
import { orderById, orderLines, setStatus } from "./orders.js";
import { showSummary } from "./summary.js";
import { trackOrder } from "./track.js";

const texts = {
  created: ["Not paid yet", "Your order waits for its payment."],
  payment_failed: ["The payment did not work", "Your order is kept. You can try again."],
  paid: ["Thank you", "Your order is paid and being packed."],
  delivered: ["Delivered", "We hope it tastes. The kettle is on you."],
  cancelled: ["Cancelled", "The order was cancelled and nothing will be sent."],
};
const reached = { created: 1, payment_failed: 1, paid: 2, delivered: 3, cancelled: 0 };

startFrame();
const box = document.querySelector(".order");
const order = orderById(parameter("id"));
if (order) show();
else showMissing();

function show() {
  const [heading, line] = texts[order.status];
  const summary = element("aside", { class: "summary", "aria-label": "Your order" });
  showSummary(summary, orderLines(order));
  document.title = `${heading} · Morrow`;
  box.replaceChildren(
    element("h1", { id: "order-status", "data-status": order.status }, heading),
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
  const ordered = new Date(order.createdAt).toLocaleString("en-IE", { dateStyle: "long", timeStyle: "short" });
  const rows = [["Order", order.id.slice(0, 8).toUpperCase()], ["Ordered", ordered], ["To", `${name}, ${street}, ${postcode} ${city}, ${country}`]];
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
  });
  return button;
}

function showMissing() {
  box.replaceChildren(
    element("h1", {}, "We do not know this order"),
    element("p", {}, "Orders are kept in the browser that made them."),
    element("a", { id: "continue-shopping", class: "button", href: "index.html" }, "To the shop"),
  );
}
