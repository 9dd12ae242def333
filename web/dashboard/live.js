// The strip of what happens now, pushed each second by the gateway.
import { address } from "../lib/api.js";
import { node, svg } from "../lib/dom.js";
import { count } from "../lib/format.js";
import { follow } from "../lib/stream.js";

const BAR = 5;
const HEIGHT = 32;

/** The strip, and `watch(site, bots)`, which begins anew. */
export function liveStrip(denied) {
  const users = node("strong", { id: "live-users" }, "–");
  const minute = node("strong", { id: "live-minute" }, "–");
  const clicks = node("strong", { id: "live-clicks" }, "–");
  const state = node("span", { class: "live-state", "data-state": "waiting", id: "live-state" }, "Connecting");
  const chart = node("span", { class: "live-bars" });
  const element = node("section", { class: "card live", "aria-label": "Now" }, state,
    node("p", {}, users, " ", node("span", { class: "soft", id: "live-users-label" }, "visitors in five minutes")),
    node("p", {}, minute, " ", node("span", { class: "soft" }, "events in the last minute")),
    node("p", {}, clicks, " ", node("span", { class: "soft" }, "clicks in five minutes")),
    chart);
  let stop;
  let counts = [];

  const show = (name, text) => {
    if (state.dataset.state === name) return;
    state.dataset.state = name;
    state.textContent = text;
  };

  function tick({ seen, accepted }) {
    show(seen ? "open" : "behind", seen ? "Live" : "Counting; the database is away");
    counts = [...counts, accepted].slice(-61);
    // What this gateway took in, so that it moves at once; other gateways' events come with the database's answer.
    minute.textContent = count(Math.max(accepted - counts[0], seen?.minutes?.at(-1) ?? 0));
    if (!seen) return;
    users.textContent = count(seen.users || seen.sessions);
    element.querySelector("#live-users-label").textContent = `${seen.users ? "visitor" : "session"}${(seen.users || seen.sessions) === 1 ? "" : "s"} in five minutes`;
    clicks.textContent = count(seen.clicks);
    chart.replaceChildren(spark(seen.minutes));
  }

  return {
    element,
    watch(site, bots) {
      stop?.();
      counts = [];
      stop = follow(address("/live/stream", { site, bots }), {
        event: (_, data) => tick(data),
        state: (name, error) => {
          if (name === "waiting") show("waiting", "Reconnecting");
          if (name === "refused") (error.kind === "parameter" ? show("waiting", error.message) : denied(error));
        },
      });
    },
    stop: () => stop?.(),
  };
}

function spark(minutes) {
  const greatest = Math.max(1, ...minutes);
  const chart = svg("svg", { width: minutes.length * BAR, height: HEIGHT, role: "img", "aria-label": `Events per minute of the last half hour, at most ${count(Math.max(...minutes))}` });
  chart.append(...minutes.map((events, index) => {
    const height = Math.max(events > 0 ? 2 : 1, (HEIGHT * events) / greatest);
    return svg("rect", { x: index * BAR, y: HEIGHT - height, width: BAR - 1, height, class: events > 0 ? "" : "none" }, svg("title", {}, count(events)));
  }));
  return chart;
}
