/** Makes an element: `element("a", { href: "…", class: "card" }, "text", child, …)`. Texts are never parsed as HTML. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`page has no #${id}`);
  return found;
}

export function parameter(name) {
  return new URLSearchParams(location.search).get(name);
}
