// Where visits come from, what they look at and with what; how many people there are and whether they come back.
import { node } from "../lib/dom.js";
import { count, country, day, share, short } from "../lib/format.js";
import { bars } from "./bars.js";
import { drawChart, legend } from "./chart.js";
import { named } from "./controls.js";
import { heatmapLink } from "./heatmap.js";
import { worldMap } from "./map.js";
import { NOT_KNOWN } from "./schema.js";

/** Row name and filter of the metrics that break sessions down. */
const BREAKDOWNS = {
  channels: { title: "Channels", column: "channel", filter: "channel" },
  referrers: { title: "Referrers", column: "referrer", filter: "referrer" },
  campaigns: { title: "Campaigns", column: "utm_campaign", filter: "campaign" },
  devices: { title: "Devices", column: "device_type", filter: "device" },
  browsers: { title: "Browsers", column: "browser", filter: "browser" },
  operating_systems: { title: "Systems", column: "os", filter: "os" },
  countries: { title: "Countries", column: "country", filter: "country" },
};

const words = { organic_search: "Organic search", organic_social: "Organic social", organic_video: "Organic video", organic_shopping: "Organic shopping", paid_search: "Paid search", paid_social: "Paid social", paid_video: "Paid video", paid_shopping: "Paid shopping", paid_other: "Other paid", cross_network: "Cross-network", sms: "SMS", tv: "TV" };
const capital = (text) => text && text[0].toUpperCase() + text.slice(1);
const label = (metric, value) => (value === "" ? named(BREAKDOWNS[metric].filter, "") : metric === "countries" ? country(value) : ["channels", "devices"].includes(metric) ? (words[value] ?? capital(value.replaceAll("_", " "))) : value);

/** Whether a row's value is the filter that is on; and the change that a click on it makes. */
export function choosing(state, filter, valueOf) {
  const value = (row) => valueOf(row) || NOT_KNOWN;
  return { chosen: (row) => state.get(filter) === value(row), choose: (row) => state.set({ [filter]: state.get(filter) === value(row) ? undefined : value(row) }) };
}

function breakdown(metric, answer, state) {
  const { column, filter, title } = BREAKDOWNS[metric];
  // Campaigns come by source and medium too; a filter is of the campaign alone.
  const rows = answer.data;
  return bars(rows, {
    title: title.replace(/ies$/, "y").replace(/s$/, ""),
    label: (row) => (metric === "campaigns" ? [row.utm_campaign || "(no campaign)", row.utm_source, row.utm_medium].filter(Boolean).join(" · ") : label(metric, row[column])),
    total: rows.reduce((total, row) => total + Number(row.sessions), 0),
    columns: [...(metric === "campaigns" ? [] : [{ name: "sessions", title: "Sessions" }, { name: "users", title: "Visitors" }]), ...(metric === "campaigns" ? [{ name: "sessions", title: "Sessions" }, { name: "purchase_sessions", title: "Bought" }] : [])],
    ...choosing(state, filter, (row) => row[column]),
  });
}

function tabbed(name, metrics, state) {
  const tabs = node("span", { class: "segmented no-print", role: "group", "aria-label": "Show" }, ...metrics.map((metric) =>
    node("button", { type: "button", "data-tab": metric, onclick: () => state.set({ [name]: metric }, { replace: true }) }, BREAKDOWNS[metric].title)));
  const show = () => {
    for (const tab of tabs.children) tab.setAttribute("aria-pressed", String(tab.dataset.tab === state.get(name)));
  };
  state.onChange(show);
  show();
  return tabs;
}

export const sources = (state, Card) => new Card({
  id: "sources", title: "Sources", metrics: () => [state.get("sources")], head: [tabbed("sources", ["channels", "referrers", "campaigns"], state)],
  ask: (context) => context.report(state.get("sources"), { limit: 100 }),
  draw: (body, answer) => answer.data.length > 0 && body.replaceChildren(...breakdown(answer.metric, answer, state)),
  empty: "Channels come with the first view: utm parameters and the referrer decide.",
});

export const technology = (state, Card) => new Card({
  id: "technology", title: "Devices", metrics: () => [state.get("tech")], head: [tabbed("tech", ["devices", "browsers", "operating_systems"], state)],
  ask: (context) => context.report(state.get("tech"), { limit: 100 }),
  draw: (body, answer) => answer.data.length > 0 && body.replaceChildren(...breakdown(answer.metric, answer, state)),
});

export const pages = (state, Card) => new Card({
  id: "pages", title: "Pages", metrics: () => ["top_pages"], head: [heatmapLink(state)],
  ask: (context) => context.report("top_pages", { limit: 100 }),
  draw: (body, answer) => answer.data.length > 0 && body.replaceChildren(...bars(answer.data, {
    title: "Path",
    label: (row) => row.path || "/",
    columns: [{ name: "views", title: "Views" }, { name: "sessions", title: "Sessions" }],
    ...choosing(state, "page", (row) => row.path),
  })),
});

export const places = (state, Card) => new Card({
  id: "places", title: "Countries", wide: "full", metrics: () => ["countries"],
  ask: (context) => context.report("countries", { limit: 300 }),
  draw(body, answer) {
    if (answer.data.length === 0) return false;
    const { choose } = choosing(state, "country", (row) => row.country);
    const map = worldMap(answer.data, { name: "sessions", choose: (code) => choose({ country: code }), chosen: state.get("country") });
    body.replaceChildren(node("div", { class: "places" }, node("div", {}, map), node("div", {}, ...breakdown("countries", answer, state))));
    return true;
  },
});

export const people = (state, Card) => {
  const key = node("div", {});
  return new Card({
    id: "people", title: "Active visitors", metrics: () => ["dau", "wau", "mau"], head: [key],
    ask: (context) => Promise.all(["dau", "wau", "mau"].map((metric) => context.report(metric))),
    draw(body, [dau, wau, mau]) {
      const last = ({ data }) => data.at(-1)?.users ?? 0;
      if (!last(mau) && !dau.data.some(({ users }) => users > 0)) return false;
      const values = ({ data }) => data.map(({ users }) => Number(users));
      const series = [
        { label: "Daily", values: values(dau), token: "--series-1" },
        { label: "Weekly", values: values(wau), token: "--series-2" },
        { label: "Monthly", values: values(mau), token: "--series-4" },
      ];
      key.replaceChildren(legend(series));
      const holder = node("div", { class: "chart-holder" });
      body.replaceChildren(
        node("dl", { class: "figures" }, ...[["DAU", last(dau)], ["WAU", last(wau)], ["MAU", last(mau)]].flatMap(([name, users]) => [node("div", {}, node("dt", {}, name), node("dd", {}, count(users)))]),
          node("div", {}, node("dt", { title: "Of the visitors of thirty days, those of the last day" }, "Stickiness"), node("dd", {}, share(last(mau) ? last(dau) / last(mau) : null, 0)))),
        holder);
      const days = dau.data.map((row) => row.day);
      drawChart(holder, { name: "Daily, weekly and monthly active visitors", times: days.map((_, index) => index), labels: days.map((text) => day(text)), describe: (_, index) => day(days[index], { weekday: "short", day: "numeric", month: "short" }), format: (value) => short(value), series, height: 180, width: body.clientWidth });
      return true;
    },
    note: "Weekly and monthly are trailing windows of 7 and 30 days up to each day.",
  });
};

const COHORTS = 12;
const LATER = 14;

export const retention = (state, Card) => new Card({
  id: "retention", title: "Retention", metrics: () => ["retention_by_day"],
  ask: (context) => context.report("retention_by_day", { days: Math.max(1, Math.min(LATER, context.period.days - 1)), limit: undefined }),
  draw(body, answer) {
    if (answer.data.length === 0) return false;
    const cohorts = [...Map.groupBy(answer.data, (row) => row.first_day)].slice(-COHORTS);
    const columns = Math.max(...cohorts.map(([, rows]) => rows.length));
    if (columns < 2) {
      body.replaceChildren(node("div", { class: "state" }, node("strong", {}, "One day shows no return"), node("span", {}, "Choose a longer period.")));
      return true;
    }
    const cell = ({ share: part, active, days_later }) => {
      const element = node("td", { class: "number cohort", title: `${count(active)} came back ${days_later} days later` }, share(part, 0));
      element.style.setProperty("--level", `${Math.round(45 * part)}%`);
      return element;
    };
    body.replaceChildren(node("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Retention by first day" }, node("table", { class: "table retention" },
      node("thead", {}, node("tr", {}, node("th", { scope: "col" }, "First day"), node("th", { scope: "col", class: "number" }, "New"), ...Array.from({ length: columns - 1 }, (_, index) => node("th", { scope: "col", class: "number" }, `+${index + 1}`)))),
      node("tbody", {}, ...cohorts.map(([first, rows]) => node("tr", {}, node("th", { scope: "row" }, day(first)), node("td", { class: "number" }, count(rows[0].users)), ...rows.slice(1).map(cell)))))));

    return true;
  },
  note: "Of the visitors who came for the first time on a day, the share that was there so many days later.",
});
