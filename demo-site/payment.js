import { clearCart } from "./cart.js";
import { byId, parameter } from "./dom.js";
import { money } from "./money.js";
import { orderById, orderLines, orderTotalCents, setStatus } from "./orders.js";
import { currency } from "./products.js";
import { showSummary } from "./summary.js";
import { track, trackOrder } from "./track.js";

// What the pretended payment service does for each test card, and after how many milliseconds.
const outcomes = {
  "approved": { ms: 700 },
  "declined": { ms: 600, code: "DECLINED", message: "Your bank declined the card. You have not been charged." },
  "provider-error": { ms: 900, code: "PROVIDER_5XX", message: "The payment service has a fault. Please try again in a moment." },
  "timeout": { ms: 3000, code: "PAYMENT_TIMEOUT", message: "The payment service did not answer in time. You have not been charged." },
};

const order = orderById(parameter("order"));
const button = byId("pay-button");
const notice = document.querySelector(".notice");
const note = document.querySelector(".form-note");

if (!order || !["created", "payment_failed"].includes(order.status)) location.replace(order ? orderPage() : "cart.html");
else start();

function start() {
  showSummary(document.querySelector(".summary"), orderLines(order));
  button.textContent = payLabel();
  byId("payment-form").addEventListener("submit", (submit) => {
    submit.preventDefault();
    if (button.hasAttribute("aria-disabled")) return;
    pay(outcomes[new FormData(submit.target).get("card")]);
  });
}

function pay(outcome) {
  const started = performance.now();
  // Not `disabled`, which would take the focus away from it.
  button.setAttribute("aria-disabled", "true");
  button.textContent = "Paying…";
  notice.hidden = true;
  note.textContent = "Waiting for the payment service.";
  setTimeout(() => settle(outcome, Math.round(performance.now() - started)), outcome.ms);
}

function settle({ code, message }, latency_ms) {
  const status = code ? "error" : "ok";
  const amount = orderTotalCents(order) / 100;
  const attempt = { order_id: order.id, amount, currency, status, error_code: code, latency_ms };
  track("payment_attempt", attempt, "server");
  if (code) refuse(message);
  else accept();
}

function refuse(message) {
  setStatus(order, "payment_failed");
  notice.textContent = message;
  notice.hidden = false;
  note.textContent = "Choose another card, or try this one again.";
  button.removeAttribute("aria-disabled");
  button.textContent = payLabel();
}

function accept() {
  setStatus(order, "paid");
  trackOrder("order_paid", order, orderLines(order), { status: "ok" });
  clearCart();
  location.replace(orderPage());
}

function payLabel() {
  return `Pay ${money(orderTotalCents(order))}`;
}

function orderPage() {
  return `order.html?id=${order.id}`;
}
