import { productCard } from "./card.js";
import { byId, element, parameter } from "./dom.js";
import { startFrame } from "./frame.js";
import { categories, categoryById, products } from "./products.js";
import { suggestions } from "./suggestions.js";
import { track } from "./track.js";

const shelves = document.querySelector(".shelves");
const search = byId("search-input");
const category = categoryById(parameter("category"));

startFrame();
search.value = parameter("q") ?? "";
show();
if (search.value) track("search", { query: search.value, results: matches(search.value).length });
search.addEventListener("input", show);

function show() {
  const query = search.value.trim();
  byId("hero-banner").hidden = Boolean(query || category);
  byId("search-summary").hidden = !query;
  if (query) showMatches(query);
  else if (category) shelves.replaceChildren(shelf(category, "h1"));
  else showAll();
}

function showAll() {
  const story = document.querySelector("template.story").content.cloneNode(true);
  const all = categories.map((each) => shelf(each, "h2"));
  all.splice(2, 0, story);
  shelves.replaceChildren(...all);
}

function showMatches(query) {
  const found = matches(query);
  byId("search-summary").textContent =
    found.length === 0 ? `Nothing found for “${query}”.` : `${found.length} found for “${query}”`;
  if (found.length === 0) shelves.replaceChildren(suggestions("Perhaps one of these"));
  else shelves.replaceChildren(grid(found));
}

function matches(query) {
  const words = query.toLowerCase().split(/\s+/);
  return products.filter((product) => {
    const text = `${product.name} ${product.line} ${product.description} ${product.category}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function shelf({ id, name, line }, heading) {
  return element(
    "section",
    { class: "shelf" },
    element("div", { class: "shelf-head" }, element(heading, {}, name), element("p", {}, line)),
    grid(products.filter((product) => product.category === id)),
  );
}

function grid(shown) {
  return element("ul", { class: "grid" }, ...shown.map((product) => productCard(product)));
}
