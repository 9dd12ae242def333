// The built-in pages, for screenshots and for tests that go through all of them. `ready` is what stands there once a page shows its
// numbers; `clickpath` is what e2e/stack/clickpath.mjs started.
export const pages = [
  { name: "dashboard", path: "/dashboard?period=30d&tz=UTC", ready: "#overview canvas" },
  { name: "home", path: "/", ready: "#last li code", before: somethingWrong },
  { name: "live", path: "/live", ready: ".live-row.refused", before: somethingWrong },
  { name: "live-detail", path: "/live?verdict=refused", ready: ".live-row.refused", before: somethingWrong, prepare: (tab) => tab.locator(".live-row").first().click() },
  { name: "heatmap", path: "/heatmap?path=%2Fshop%2F", ready: "#stage[aria-busy=false], #stage:not([aria-busy])" },
  { name: "heatmap-ctr", path: "/heatmap?path=%2Fshop%2F&mode=ctr", ready: "#stage[aria-busy=false], #stage:not([aria-busy])" },
  { name: "journeys", path: "/journeys", ready: ".flow" },
  { name: "error", path: "/nowhere", ready: ".error-page" },
];

export const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
export const themes = ["light", "dark"];

/** Good and refused events, and what is none, for the console. */
async function somethingWrong(tab, origin) {
  const post = (data) => tab.request.post(`${origin}/events`, { headers: { "content-type": "application/json" }, data });
  const event = (fields, payload) => ({ type: "click", created_at: new Date().toISOString(), session_id: "session-of-the-page", url: "/shop/", ...fields, payload: { event_title: "click", element_id: "#add-to-cart", ...payload } });
  await post([event(), event({}, { x: "left" }), event({ type: "scroll" }), event({ type: "view" }, { event_title: "page_view", element_id: undefined })]);
  await post(Buffer.from('{"type": "click", '));
}
