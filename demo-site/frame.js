// What every page with the full header and footer does.

import { showCartCount } from "./cart.js";
import { parameter } from "./dom.js";
import { track } from "./track.js";

export function startFrame() {
  showCartCount();
  markCategory(parameter("category"));
  const form = document.getElementById("newsletter-form");
  form?.addEventListener("submit", (submit) => {
    submit.preventDefault();
    track("newsletter_signup");
    form.reset();
    form.querySelector(".form-note").textContent = "Thank you. (No letter will come: this is a demonstration.)";
  });
}

/** Marks the category the visitor is in; `null` marks "All" on the catalogue only. */
export function markCategory(category) {
  const inCatalogue = /\/(index\.html)?$/.test(location.pathname);
  if (!category && !inCatalogue) return;
  document.getElementById(`category-${category ?? "all"}`)?.setAttribute("aria-current", "page");
}
