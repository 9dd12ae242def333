// The built-in pages, for screenshots and for tests that go through all of them. `ready` is what stands there once a page shows its
// numbers; `clickpath` is what e2e/stack/clickpath.mjs started.
export const pages = [
  { name: "dashboard", path: "/dashboard?period=30d&tz=UTC", ready: "#overview canvas" },
];

export const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
export const themes = ["light", "dark"];
