// A card: title, what it can be asked, and its content in one of the states loading, shown, empty or failed.
import { node, svg } from "../lib/dom.js";
import { sentence } from "../lib/format.js";
import { openDetails } from "./details.js";
import { FILTERS } from "./schema.js";

const AUTOMATIC_RETRIES = 5;

/**
 * `ask(context)` gives a promise of anything, `draw(body, answer, context)` shows it and says `false` when there is nothing to show.
 * `metrics(context)` names the reports behind it, first the one that "Details" opens.
 */
export class Card {
  #generation = 0;
  #retries = 0;
  #isWanted = false;

  constructor({ id, title, metrics, ask, draw, head, wide, empty, note }) {
    Object.assign(this, { id, metrics, ask, draw, emptyText: empty });
    this.badge = node("span", { class: "badge warn", hidden: true });
    this.menu = node("button", { class: "icon-button no-print", type: "button", "aria-label": `Details of ${title}: definition, table, CSV, SQL`, title: "Definition, table, CSV, SQL", onclick: () => openDetails(title, this.metrics(this.context), this.context) },
      svg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, svg("circle", { cx: 8, cy: 8, r: 6.25, fill: "none", stroke: "currentColor", "stroke-width": 1.5 }), svg("path", { d: "M8 7.2v4M8 4.6v.2", stroke: "currentColor", "stroke-width": 1.7, "stroke-linecap": "round" })));
    this.body = node("div", { class: "card-body" });
    this.title = node("h2", { id: `${id}-title` }, title);
    this.element = node("section", { class: `card ${wide ?? ""}`, id, "aria-labelledby": `${id}-title` },
      node("div", { class: "card-head" }, this.title, this.badge, node("span", { class: "card-tools" }, ...(head ?? []), this.menu)),
      this.body,
      ...(note ? [node("p", { class: "card-note" }, note)] : []));
    this.body.append(node("div", { class: "skeleton" }));
  }

  /**
   * Asks when the card comes near the window, or at once where it was there before, but not until `after` is settled. The promise is
   * kept once an answer is drawn, or none came.
   */
  async refresh(context, { quiet = false, after } = {}) {
    this.context = context;
    this.#after = after;
    this.#retries = 0;
    this.#stale = true;
    if (this.#isWanted) await this.#load(quiet);
  }

  #after;

  #stale = true;

  /** From now on it is looked at. */
  want() {
    this.#isWanted = true;
    if (this.context && this.#stale) this.#load(false);
  }

  async #load(quiet) {
    this.#stale = false;
    const generation = ++this.#generation;
    const { context } = this;
    clearTimeout(this.timer);
    this.#showUnfiltered(context);
    if (!quiet) this.element.setAttribute("aria-busy", "true");
    // What was shown stays, faded: a skeleton only where nothing was.
    if (!quiet && this.body.querySelector(".state")) this.body.replaceChildren(node("div", { class: "skeleton" }));
    try {
      await this.#after;
      const answer = await this.ask(context);
      if (generation !== this.#generation) return;
      this.#settle();
      const refocus = focusIn(this.body);
      if (this.draw(this.body, answer, context) === false) this.#showEmpty(context);
      refocus();
      context.shown?.(this);
    } catch (error) {
      if (generation !== this.#generation || error.name === "AbortError") return;
      this.#settle();
      if (error.kind === "key" || error.kind === "scope") return context.denied(error);
      this.#showFailure(error, context);
      if (!error.kind) throw error;
    }
  }

  #settle() {
    this.element.removeAttribute("aria-busy");
  }

  /** A filter that the card's metrics cannot be asked by leaves it as it was; it says so. */
  #showUnfiltered(context) {
    const missing = Object.keys(context.filters).filter((name) => this.metrics(context).some((metric) => !context.knows(metric, name)));
    this.badge.hidden = missing.length === 0;
    this.badge.textContent = missing.length > 0 ? `All visits: not by ${missing.map((name) => FILTERS[name].toLowerCase()).join(", ")}` : "";
  }

  #showEmpty(context) {
    const filtered = Object.keys(context.filters).length > 0;
    this.body.replaceChildren(node("div", { class: "state" }, node("strong", {}, "Nothing in this period"), node("span", {}, ...(filtered ? ["Remove a filter, or choose other days."] : this.emptyText ? [this.emptyText] : ["Choose other days, or ", node("a", { href: "/" }, "make some traffic"), "."]))));
  }

  #showFailure(error, context) {
    const again = () => this.refresh(context);
    const waits = error.retryAfterMs && this.#retries < AUTOMATIC_RETRIES;
    const titles = { limited: "Too many questions at once", away: "The database is away", offline: "The gateway cannot be reached", expensive: "This takes too long", rows: "Too many rows", parameter: "This cannot be asked" };
    const seconds = Math.ceil((error.retryAfterMs ?? 0) / 1_000);
    this.body.replaceChildren(node("div", { class: "state failed" },
      node("strong", {}, titles[error.kind] ?? "This card failed"),
      node("span", {}, sentence(error.message)),
      waits ? node("span", {}, `Asked again in ${seconds} s.`) : undefined,
      node("button", { class: "button no-print", type: "button", onclick: again }, "Ask again")));
    if (waits) {
      this.#retries += 1;
      this.timer = setTimeout(() => this.#load(true), error.retryAfterMs);
    }
  }
}

/** A card that is drawn anew keeps the keyboard where it was: on the button of the same name, or at the same place. */
function focusIn(body) {
  const focused = document.activeElement;
  if (!body.contains(focused) || focused.tagName !== "BUTTON") return () => {};
  const buttons = () => [...body.querySelectorAll("button")];
  const place = buttons().indexOf(focused);
  return () => {
    if (focused.isConnected) return;
    const now = buttons();
    (now.find(({ textContent }) => textContent === focused.textContent) ?? now[Math.min(place, now.length - 1)])?.focus({ preventScroll: true });
  };
}
