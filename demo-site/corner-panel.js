import { element } from "./dom.js";
import { forget, recent, watchSending } from "./sent.js";

/** Opens the corner; `closed` is called when the visitor closes it. Resolves to `{close}` when its style is there. */
export async function openCorner(closed) {
  await style("corner.css");
  const list = element("ol", { class: "corner-events" });
  const empty = element("p", { class: "corner-empty" },
    "Nothing yet. Stay for a second, or click something. If it stays empty, the tracker is blocked or told not to track.");
  const clear = element("button", { class: "corner-button", type: "button" }, "Clear");
  const close = element("button", { class: "corner-button", type: "button", "aria-label": "Close the tracker's corner" }, "Close");
  // The corner is no part of the shop: what happens in it is not recorded.
  const corner = element("section", { class: "corner", "aria-label": "What the tracker just sent", "data-cp-ignore": true },
    element("div", { class: "corner-head" }, element("strong", {}, "The tracker just sent"), clear, close), empty, list);
  const show = () => {
    const events = recent();
    const open = new Set([...list.querySelectorAll("details[open]")].map((each) => each.dataset.event));
    empty.hidden = events.length > 0;
    list.replaceChildren(...events.map((sent) => row(sent, open.has(sent.id))));
  };
  const unwatch = watchSending(show);
  clear.addEventListener("click", () => {
    forget();
    show();
  });
  close.addEventListener("click", closed);
  show();
  document.body.append(corner);
  document.body.classList.add("with-corner");
  return {
    close() {
      unwatch();
      corner.remove();
      document.body.classList.remove("with-corner");
    },
  };
}

function row({ id, event, state, reason }, open) {
  const { event_title, element_id, product_id, order_id, status } = event.payload ?? {};
  const about = [element_id, product_id, order_id?.slice(0, 8), status].filter(Boolean).join(" · ");
  const answer = reason ? `${state}: ${reason}` : state;
  return element("li", {},
    element("details", { "data-event": id, open },
      element("summary", {},
        element("span", { class: `corner-type ${event.type}` }, event.type ?? "?"),
        element("span", { class: "corner-title" }, event_title ?? "", element("span", { class: "corner-about" }, about)),
        element("span", { class: `corner-state ${state}` }, answer)),
      element("pre", {}, JSON.stringify(event, null, 2))));
}

/** Adds a style sheet and waits until it rules, so that nothing is shown without it. */
function style(href) {
  if (document.querySelector(`link[href="${href}"]`)) return;
  const link = element("link", { rel: "stylesheet", href });
  return new Promise((resolve, reject) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", () => reject(new Error(`${href} does not load`)));
    document.head.append(link);
  });
}
