// The way to the heatmap, of the page that the numbers are narrowed to.
import { node } from "../lib/dom.js";
import { address } from "../lib/api.js";

/** For the head of a card. */
export function heatmapLink(state) {
  const link = node("a", { class: "small no-print" }, "Heatmap");
  const show = () => {
    const page = state.get("page");
    const device = ["desktop", "tablet", "mobile"].find((known) => known === state.get("device"));
    link.href = address("/heatmap", { site: state.get("site"), path: page?.startsWith("/") ? page : undefined, device });
  };
  state.onChange(show);
  show();
  return link;
}
