// The row above the cards: period, comparison, zone, bots; and the filters that are on.
import { node } from "../lib/dom.js";
import { country, day } from "../lib/format.js";
import { calendar } from "./calendar.js";
import { fault, periodOf, PRESETS } from "./period.js";
import { FILTERS, NOT_KNOWN } from "./schema.js";

const BOTS = { 0: "Without bots", 1: "With bots", only: "Bots only" };

/** Builds the row into `container`; it follows the state. */
export function setUpToolbar(container, state) {
  const presets = node("div", { class: "segmented presets", role: "group", "aria-label": "Period" });
  for (const [name, label] of Object.entries(PRESETS).filter(([name]) => name !== "custom")) {
    presets.append(node("button", { type: "button", "data-period": name, onclick: () => state.set({ period: name, from: undefined, to: undefined }) }, label));
  }
  const shown = node("button", { class: "button", type: "button", id: "custom-period", "aria-expanded": "false", "aria-haspopup": "dialog" });
  const holder = node("div", { class: "popover-holder" }, shown);
  const compare = node("button", { class: "button", type: "button", id: "compare", onclick: () => state.set({ compare: state.get("compare") === "1" ? "0" : "1" }) }, "Compare");
  const bots = node("select", { class: "field", id: "bots", "aria-label": "Bots", onchange: () => state.set({ bots: bots.value }) },
    ...Object.entries(BOTS).map(([value, label]) => node("option", { value }, label)));
  const zone = node("select", { class: "field", id: "zone", "aria-label": "Time zone", onchange: () => state.set({ tz: zone.value }) });
  container.replaceChildren(presets, holder, compare, node("span", { class: "toolbar-end" }, zone, bots));
  popover(holder, shown, state);
  const show = () => {
    for (const button of presets.children) button.setAttribute("aria-pressed", String(button.dataset.period === state.get("period")));
    const { first, last } = periodOf(state.values);
    shown.textContent = first === last ? day(first, DATE) : `${day(first, DATE)} – ${day(last, DATE)}`;
    shown.setAttribute("aria-label", `Choose days; now ${shown.textContent}`);
    shown.setAttribute("aria-pressed", String(state.get("period") === "custom"));
    compare.setAttribute("aria-pressed", String(state.get("compare") === "1"));
    compare.title = "Compare with the period before";
    bots.value = state.get("bots");
    showZones(zone, state.get("tz"));
  };
  state.onChange(show);
  show();
}

const DATE = { day: "numeric", month: "short", year: "numeric" };

/** The filters that are on, each with a way out. */
export function setUpFilters(container, state) {
  const show = () => {
    const on = Object.keys(FILTERS).filter((name) => state.get(name));
    container.hidden = on.length === 0;
    const off = Object.fromEntries(on.map((name) => [name, undefined]));
    container.replaceChildren(
      node("span", { class: "soft small" }, "Only"),
      ...on.map((name) => node("button", { class: "chip", type: "button", "data-filter": name, onclick: () => state.set({ [name]: undefined }), "aria-label": `Remove filter ${FILTERS[name]}: ${named(name, state.get(name))}` },
        `${FILTERS[name]}: ${named(name, state.get(name))}`, node("span", { "aria-hidden": "true" }, "×"))),
      ...(on.length > 1 ? [node("button", { class: "chip", type: "button", onclick: () => state.set(off) }, "Clear all")] : []));
  };
  state.onChange(show);
  show();
}

/** A filter's value as people read it. */
export function named(filter, value) {
  if (value === NOT_KNOWN || value === "") return filter === "referrer" ? "Direct or unknown" : "Not known";
  return filter === "country" ? country(value) : value;
}

function showZones(select, zone) {
  if (select.options.length === 0) {
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const names = new Set([own, "UTC", ...(Intl.supportedValuesOf?.("timeZone") ?? [])]);
    select.append(...[...names].map((name) => node("option", { value: name }, name.replaceAll("_", " "))));
  }
  if (![...select.options].some(({ value }) => value === zone)) select.prepend(node("option", { value: zone }, zone));
  select.value = zone;
}

function popover(holder, button, state) {
  let open;
  const close = () => {
    open?.remove();
    open = undefined;
    button.setAttribute("aria-expanded", "false");
  };
  button.addEventListener("click", () => {
    if (open) return close();
    const { first, last } = periodOf(state.values);
    const why = node("p", { class: "small", role: "alert" });
    const [from, to] = [["From", first], ["To", last]].map(([label, value]) => node("input", { class: "field", type: "date", "aria-label": label, value, required: true }));
    const month = calendar({ first, last, zone: state.get("tz"), choose: (one, other) => { from.value = one; to.value = other; } });
    const submit = (event) => {
      event.preventDefault();
      why.textContent = fault(from.value, to.value, state.get("tz")) ?? "";
      if (why.textContent) return;
      close();
      state.set({ period: "custom", from: from.value, to: to.value });
      button.focus();
    };
    open = node("form", { class: "popover period-form", role: "dialog", "aria-label": "Choose days", onsubmit: submit }, month,
      node("div", { class: "period-days" }, from, node("span", { "aria-hidden": "true" }, "–"), to), why,
      node("button", { class: "button primary", type: "submit" }, "Show these days"));
    holder.append(open);
    button.setAttribute("aria-expanded", "true");
    from.focus();
  });
  document.addEventListener("click", (event) => { if (open && !holder.contains(event.target) && event.target.isConnected) close(); });
  holder.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !open) return;
    close();
    button.focus();
  });
}
