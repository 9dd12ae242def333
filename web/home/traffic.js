// The button that has a week of visitors made up.
import { address, ApiError, key, request } from "../lib/api.js";
import { node } from "../lib/dom.js";
import { count, sentence } from "../lib/format.js";

const PAUSE_MS = 400;

export async function setUpTraffic(container, site) {
  const button = node("button", { class: "button primary", type: "button", id: "make-traffic" }, "Make a week of traffic");
  const bar = node("progress", { max: 1, value: 0, hidden: true, "aria-label": "Events sent" });
  const says = node("p", { class: "small", role: "status" });
  container.replaceChildren(button, bar, says);

  const show = (status) => {
    const { available, state, accepted, of, days, said } = status;
    button.disabled = state === "running" || !available;
    bar.hidden = state !== "running";
    bar.max = of;
    bar.value = accepted;
    if (!available) says.replaceChildren("This gateway has no generator. ", node("code", {}, `clickpath generate --count ${of} --span ${days}d`), " sends the same to it.");
    else if (state === "running") says.textContent = `${count(accepted)} of ${count(of)} events, spread over ${days} days…`;
    else if (state === "done") says.replaceChildren(accepted === of ? `${count(of)} events, all accepted. ` : `${count(accepted)} of ${count(of)} events were accepted: ${said}. `, node("a", { href: address("/dashboard", { site: status.site }) }, "See them on the dashboard"));
    else if (state === "failed") says.replaceChildren(node("span", { class: "traffic-failed" }, `It stopped: ${said}.`));
    else says.textContent = `${count(of)} events; it takes some seconds.`;
    if (state === "running") setTimeout(() => look(), PAUSE_MS);
  };
  const look = async (options) => {
    try {
      show(await (await request("/traffic/", options)).json());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refused(error);
    }
  };
  const refused = (error) => {
    if (error.code === "traffic_runs") return look();
    if (error.kind !== "key" && error.kind !== "scope") {
      says.textContent = sentence(error.message);
      return;
    }
    button.disabled = true;
    const input = node("input", { class: "field", type: "password", required: true, autocomplete: "off", placeholder: "cpk_…", "aria-label": "Key of the scope admin" });
    const submit = (event) => {
      event.preventDefault();
      key.set(input.value.trim());
      setUpTraffic(container, site);
    };
    says.replaceChildren(node("form", { class: "traffic-key", onsubmit: submit }, node("span", {}, key.get() ? "That key may not. " : "On this gateway that takes a key of the scope admin. "), input, node("button", { class: "button", type: "submit" }, "Use it")));
  };
  button.addEventListener("click", () => {
    button.disabled = true;
    look({ method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ site: site() }) });
  });
  await look();
}
