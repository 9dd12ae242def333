import { productCard } from "./card.js";
import { element } from "./dom.js";
import { productById } from "./products.js";

const liked = ["sencha", "yirgacheffe", "tall-mug", "dark-chocolate"].map(productById);

/** What a page offers where it has nothing of its own to show. */
export function suggestions(heading) {
  const cards = liked.map((product) => productCard(product, "suggestion"));
  return element("section", { class: "related" }, element("h2", {}, heading), element("ul", { class: "grid" }, ...cards));
}
