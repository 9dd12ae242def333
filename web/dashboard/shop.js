// What visits lead to: funnel, click-through, orders, products; and what goes wrong: errors, latency, bots.
import { node } from "../lib/dom.js";
import { count, day, duration, instant, moment, money, share } from "../lib/format.js";
import { bars } from "./bars.js";
import { drawChart, legend } from "./chart.js";
import { heatmapLink } from "./heatmap.js";
import { mainCurrency } from "./overview.js";

const STEPS = { page_view: "Viewed a page", product_view: "Viewed a product", add_to_cart: "Put into the cart", checkout_start: "Began checkout", payment_attempt: "Tried to pay", order_paid: "Paid" };

export const funnel = (state, Card) => new Card({
  id: "funnel", title: "Funnel", metrics: () => ["funnel"],
  ask: (context) => context.report("funnel"),
  draw(body, { data }) {
    if (!data[0]?.sessions) return false;
    body.replaceChildren(node("ol", { class: "funnel" }, ...data.map((row, index) => {
      const bar = node("span", { class: "funnel-bar" });
      bar.style.setProperty("--share", `${100 * (row.share_of_first ?? 0)}%`);
      return node("li", {},
        node("span", { class: "funnel-name" }, STEPS[row.event_title] ?? row.event_title),
        node("span", { class: "funnel-number" }, count(row.sessions), " ", node("span", { class: "soft" }, share(row.share_of_first))),
        bar,
        index > 0 && row.share_of_previous !== null ? node("span", { class: "soft small funnel-lost" }, `${share(1 - row.share_of_previous, 0)} left before this step`) : undefined);
    })));
    return true;
  },
  note: "Sessions that came as far as each step, one after the other.",
});

export const clickThrough = (state, Card) => new Card({
  id: "ctr", title: "Click-through by element", metrics: () => ["element_ctr"], head: [heatmapLink(state)],
  ask: (context) => context.report("element_ctr", { limit: 200 }),
  draw(body, { data }) {
    const rows = data.filter(({ seen, clicks }) => Number(seen) > 0 || Number(clicks) > 0);
    if (rows.length === 0) return false;
    const scale = Math.max(0.05, ...rows.slice(0, 9).map(({ ctr_high }) => Number(ctr_high ?? 0)));
    body.replaceChildren(node("table", { class: "table ctr" },
      node("thead", {}, node("tr", {}, node("th", { scope: "col" }, "Element"), node("th", { scope: "col", class: "number" }, "Seen"), node("th", { scope: "col", class: "number" }, "Clicks"), node("th", { scope: "col", class: "interval-head" }, "CTR and 95 % interval"))),
      node("tbody", {}, ...rows.slice(0, 9).map((row) => node("tr", {},
        node("th", { scope: "row" }, node("code", { title: row.element_id }, row.element_id)),
        node("td", { class: "number" }, count(row.seen)),
        node("td", { class: "number" }, count(row.clicks)),
        node("td", {}, interval(row, scale)))))),
      ...(rows.length > 9 ? [node("p", { class: "soft small more" }, `${count(rows.length - 9)} more in the details.`)] : []));
    return true;
  },
  note: "Where a session saw the element on a page, how often it clicked it there. The line is the 95 % interval after Wilson: with few views it is long.",
});

function interval({ ctr, ctr_low, ctr_high }, scale) {
  if (ctr === null) return node("span", { class: "soft", title: "Clicked, but not seen for a second before" }, "–");
  const line = node("span", { class: "interval", "aria-hidden": "true" }, node("i"), node("b"));
  for (const [name, value] of Object.entries({ low: ctr_low, high: ctr_high, at: ctr })) line.style.setProperty(`--${name}`, `${(100 * value) / scale}%`);
  return node("span", { class: "interval-cell", title: `${share(ctr_low)} to ${share(ctr_high)}` }, line, node("span", { class: "number" }, share(ctr)), node("span", { class: "visually-hidden" }, `between ${share(ctr_low)} and ${share(ctr_high)}`));
}

export const orders = (state, Card) => {
  const key = node("div", {});
  return new Card({
    id: "orders-card", title: "Orders and revenue", wide: "wide", metrics: () => ["revenue_by_day", "orders", "revenue", "aov", "error_share", "abandoned_carts"], head: [key],
    async ask(context) {
      const names = ["orders", "revenue", "aov", "revenue_by_day", "error_share", "abandoned_carts"];
      return Object.fromEntries(await Promise.all(names.map(async (name) => [name, (await context.report(name)).data])));
    },
    draw(body, { orders: [order], revenue, aov, revenue_by_day, error_share: [payment], abandoned_carts: [carts] }, context) {
      if (!order?.created && revenue.length === 0) return false;
      const main = mainCurrency(revenue);
      const mean = aov.find(({ currency }) => currency === main?.currency);
      const others = revenue.filter((row) => row !== main);
      const figures = [
        ["Net revenue", money(main?.net_revenue, main?.currency), others.length > 0 ? `and ${others.map((row) => money(row.net_revenue, row.currency)).join(", ")}` : `gross ${money(main?.gross_revenue, main?.currency)}`],
        ["AOV", money(mean?.aov, mean?.currency), `of ${count(mean?.orders)} orders`],
        ["Orders", count(order.created), `${count(order.paid)} paid, ${count(order.delivered)} delivered`],
        ["Cancelled", share(order.created ? order.cancelled / order.created : null), `${count(order.cancelled)} orders`],
        ["Payments refused", share(payment?.error_share), `of ${count(payment?.events)} attempts`],
        ["Carts abandoned", share(carts?.abandoned_share, 0), `of ${count(carts?.with_cart)} carts`],
      ];
      const holder = node("div", { class: "chart-holder" });
      body.replaceChildren(node("dl", { class: "figures" }, ...figures.map(([name, value, more]) => node("div", {}, node("dt", {}, name), node("dd", {}, value), node("dd", { class: "soft small" }, more)))), holder);
      const rows = revenue_by_day.filter(({ currency }) => currency === main?.currency);
      const found = new Map(rows.map((row) => [row.day, row]));
      const days = context.days();
      const series = [{ label: `Net revenue, ${main?.currency ?? ""}`, values: days.map((text) => Number(found.get(text)?.revenue ?? 0)), token: "--series-2", bars: true }];
      key.replaceChildren(legend(series));
      drawChart(holder, { name: "Net revenue by day of payment", times: days.map((_, index) => index), labels: days.map((text) => day(text)), describe: (_, index) => `${day(days[index], { weekday: "short", day: "numeric", month: "short" })}, ${count(found.get(days[index])?.orders ?? 0)} orders`, format: (value, options) => money(value, main?.currency, options), series, height: 180, width: body.clientWidth });
      return true;
    },
    empty: "Orders come as server events: order_created, order_paid.",
  });
};

export const products = (state, Card) => new Card({
  id: "products", title: "Products", metrics: () => ["top_products", "revenue_by_category"],
  ask: (context) => context.report("top_products", { limit: 100 }),
  draw: (body, answer) => answer.data.length > 0 && body.replaceChildren(...bars(answer.data, {
    title: "Product",
    label: (row) => row.product_id || "Not known",
    columns: [{ name: "revenue", title: "Revenue", format: (value, row) => (row.currency ? money(value, row.currency) : "–") }, { name: "purchases", title: "Orders" }, { name: "views", title: "Views" }],
  })),
});

const TITLES = { "": "Everything", page_view: "Pages", payment_attempt: "Payments" };

export const latency = (state, Card) => {
  const key = node("div", {});
  return new Card({
    id: "latency-card", title: "Latency", metrics: () => ["latency_over_time", "latency"], head: [key],
    ask: (context) => Promise.all([context.report("latency"), context.report("latency_over_time", { minutes: context.period.days <= 2 ? 15 : context.period.days <= 14 ? 120 : 1_440, limit: undefined })]),
    draw(body, [kinds, line], context) {
      if (!kinds.data[0]?.events) return false;
      const series = [["p50_ms", "50 %", "--series-1"], ["p95_ms", "95 %", "--series-3"], ["p99_ms", "99 %", "--series-5"]].map(([name, label, token]) => ({ label, token, values: line.data.map((row) => Number(row[name])) }));
      key.replaceChildren(legend(series));
      const holder = node("div", { class: "chart-holder" });
      body.replaceChildren(holder, node("table", { class: "table" },
        node("thead", {}, node("tr", {}, node("th", { scope: "col" }, "Of"), ...["Events", "50 %", "95 %", "99 %"].map((name) => node("th", { scope: "col", class: "number" }, name)))),
        node("tbody", {}, ...kinds.data.slice(0, 5).map((row) => node("tr", {}, node("th", { scope: "row" }, TITLES[row.event_title] ?? row.event_title), node("td", { class: "number" }, count(row.events)), ...["p50_ms", "p95_ms", "p99_ms"].map((name) => node("td", { class: "number" }, duration(row[name]))))))));
      drawChart(holder, { name: "Latency, percentiles", times: line.data.map(({ time }) => instant(time).getTime() / 1_000), zone: context.zone, describe: (time) => moment(new Date(time * 1_000), context.zone), format: (value) => duration(value), series, height: 180, width: body.clientWidth });
      return true;
    },
    empty: "Events with latency_ms make this card.",
  });
};

export const errors = (state, Card) => new Card({
  id: "errors", title: "Payment errors", metrics: () => ["error_codes", "error_share"],
  ask: (context) => context.report("error_codes", { limit: 50 }),
  draw(body, codes) {
    if (codes.data.length === 0) {
      body.replaceChildren(node("div", { class: "state" }, node("strong", {}, "No refused payments"), node("span", {}, "Events payment_attempt with the status error are listed here by their error_code.")));
      return;
    }
    body.replaceChildren(...bars(codes.data, { title: "Code", label: (row) => row.error_code || "Without a code", total: codes.data.reduce((sum, row) => sum + Number(row.errors), 0), columns: [{ name: "errors", title: "Refused" }] }));
  },
});

const REASONS = { empty_user_agent: "Tells no user agent", headless: "Browser without a window", automation: "Browser driven by a program" };

/** Such as `user_agent:crawler:Googlebot` and `http_library:curl`. */
function reason(text) {
  const [kind, ...rest] = text.split(":");
  if (kind === "http_library") return `${rest.join(":")} (a program's library)`;
  if (kind === "user_agent") return `${rest.slice(1).join(":")} (${rest[0].replaceAll("_", " ")})`;
  return REASONS[text] ?? text;
}

export const bots = (state, Card) => new Card({
  id: "bots-card", title: "Bots", metrics: () => ["bots"],
  ask: (context) => context.report("bots", { limit: 50 }),
  draw(body, answer) {
    const events = answer.data.reduce((sum, row) => sum + Number(row.events), 0);
    const mode = state.get("bots");
    const what = { 0: "are left out of every number here", 1: "are counted in the numbers here", only: "are all that the numbers here count" }[mode];
    const set = (value, text) => node("button", { class: "button no-print", type: "button", onclick: () => state.set({ bots: value }) }, text);
    const switches = node("div", { class: "row" }, mode !== "0" && set("0", "Leave bots out"), mode !== "1" && set("1", "Count bots too"), mode !== "only" && set("only", "Show bots only"));
    if (events === 0) {
      body.replaceChildren(node("div", { class: "state" }, node("strong", {}, "No bots in this period"), node("span", {}, "Bots are flagged with a reason and kept, never dropped.")));
      return;
    }
    body.replaceChildren(node("p", {}, node("strong", {}, `${count(events)} events`), ` came from bots. They ${what}.`), switches,
      ...bars(answer.data, { title: "Why it counts as a bot", label: (row) => reason(row.reason), total: events, most: 6, columns: [{ name: "events", title: "Events" }, { name: "sessions", title: "Sessions" }] }));
  },
});
