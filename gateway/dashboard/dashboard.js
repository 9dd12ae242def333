// The live page: three reports, asked again and again while the page is visible.

import { showMinutes } from "./minutes.js";
import { showElements } from "./elements.js";
import { showEvents } from "./events.js";
import { poll } from "./poll.js";
import { lastMinutes, report } from "./reports.js";

const MINUTES = 30;

const asked = new URLSearchParams(location.search);
const site = asked.get("site") || "shop";
const bots = asked.get("bots") === "1" ? 1 : 0;

const state = document.getElementById("state");
const error = document.getElementById("error");
const empty = document.getElementById("empty");
/** The failure of each report that fails now. */
const failures = new Map();

setUpFilters();
follow("events_per_minute", 1_000, {}, (rows) => {
  showMinutes(rows);
  showWhetherEmpty(rows.every((row) => Number(row.events) === 0));
});
follow("last_events", 700, { limit: 30 }, showEvents);
follow("element_ctr", 1_500, { limit: 50 }, showElements);

function follow(name, pauseMs, parameters, show) {
  poll({
    pauseMs,
    ask: (signal) => report(name, { site, bots, ...lastMinutes(MINUTES), ...parameters }, signal),
    answered: (rows) => {
      failures.delete(name);
      show(rows);
      showState();
    },
    failed: (failure) => {
      failures.set(name, failure.message);
      showState();
    },
    paused: () => setState("paused", "Paused"),
  });
}

function showState() {
  error.hidden = failures.size === 0;
  error.textContent = [...new Set(failures.values())].join(" · ");
  if (failures.size > 0) setState("failing", "Trying again");
  else setState("live", "Live");
}

// The status is read aloud when it changes, so it is written only then.
function setState(name, text) {
  if (state.dataset.state === name) return;
  state.dataset.state = name;
  state.textContent = text;
}

function showWhetherEmpty(isEmpty) {
  if (empty.hidden === !isEmpty) return;
  const shop = document.createElement("a");
  shop.href = "/shop/";
  shop.textContent = "Open the shop";
  empty.replaceChildren(`No events of “${site}” in the last ${MINUTES} minutes. `, ...(site === "shop" ? [shop, " and click something."] : []));
  empty.hidden = !isEmpty;
}

// Navigates by itself: the page's policy lets no form be sent anywhere.
function setUpFilters() {
  const form = document.querySelector(".filters");
  form.elements.site.value = site;
  form.elements.bots.checked = bots === 1;
  form.addEventListener("change", () => form.requestSubmit());
  form.addEventListener("submit", (submit) => {
    submit.preventDefault();
    location.search = new URLSearchParams(new FormData(form)).toString();
  });
  document.title = `${site} live · Clickpath`;
}
