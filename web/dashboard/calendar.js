// A month to choose two days in: the first click begins a period, the second ends it. One tab stop; arrow keys go from day to day.
import { node } from "../lib/dom.js";
import { day as shown } from "../lib/format.js";
import { plusDays, today } from "./period.js";

export function calendar({ first, last, zone, choose }) {
  const latest = today(zone);
  let month = last.slice(0, 7);
  let [from, to] = [first, last];
  /** Where the arrow keys are. */
  let current = last;
  const title = node("strong", { "aria-live": "polite" });
  const days = node("div", { class: "calendar-days" });
  const step = (count) => {
    const date = new Date(`${month}-15T00:00:00Z`);
    date.setUTCMonth(date.getUTCMonth() + count);
    month = date.toISOString().slice(0, 7);
    current = `${month}-${current.slice(8)}`;
    show();
  };
  const go = (day) => {
    current = day < latest ? day : latest;
    month = current.slice(0, 7);
    show();
    days.querySelector('[tabindex="0"]')?.focus();
  };
  const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7, PageUp: -28, PageDown: 28 };
  days.addEventListener("keydown", (event) => {
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    go(plusDays(current, STEPS[event.key]));
  });
  const pick = (day) => {
    if (to !== undefined || day < from) [from, to] = [day, undefined];
    else to = day;
    current = day;
    choose(from, to ?? from);
    show();
    days.querySelector(`[data-day="${day}"]`)?.focus();
  };
  function show() {
    title.textContent = shown(`${month}-01`, { month: "long", year: "numeric" });
    const begins = `${month}-01`;
    const lead = (new Date(`${begins}T00:00:00Z`).getUTCDay() + 6) % 7;
    const names = [...Array(7).keys()].map((index) => node("span", { class: "calendar-name", "aria-hidden": "true" }, shown(plusDays("2024-01-01", index), { weekday: "narrow" })));
    const all = [...Array(31).keys()].map((index) => plusDays(begins, index)).filter((day) => day.startsWith(month));
    const reachable = all.includes(current) && current <= latest ? current : all.findLast((day) => day <= latest);
    current = reachable ?? latest;
    days.replaceChildren(...names, ...Array.from({ length: lead }, () => node("span")), ...all.map((day) =>
      node("button", {
        type: "button",
        "data-day": day,
        class: day === from || day === to ? "end" : day > from && day < (to ?? from) ? "between" : undefined,
        disabled: day > latest,
        tabindex: day === reachable ? "0" : "-1",
        "aria-label": shown(day, { dateStyle: "long" }),
        "aria-pressed": String(day >= from && day <= (to ?? from)),
        onclick: () => pick(day),
      }, String(Number(day.slice(8))))));
  }
  show();
  return node("div", { class: "calendar" },
    node("div", { class: "calendar-head" },
      node("button", { class: "icon-button", type: "button", "aria-label": "Month before", onclick: () => step(-1) }, "‹"), title,
      node("button", { class: "icon-button", type: "button", "aria-label": "Month after", onclick: () => step(1) }, "›")),
    days);
}
