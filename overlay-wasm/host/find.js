// The elements that the tracker's names stand for, by the tracker's own rule.
import { closed, elements, ignored, is, ownName, subject } from "../../tracker-wasm/host/naming.js";

/** An element and what is around it, also around its shadow tree: as a click's composed path has them. */
function pathOf(element) {
  const path = [];
  for (let node = element; node; node = node.parentNode ?? node.host) path.push(node);
  return elements(path);
}

/** The document and its open shadow trees. */
function roots() {
  const found = [document];
  for (const root of found) {
    for (const element of root.querySelectorAll("*")) if (element.shadowRoot && !closed(element)) found.push(element.shadowRoot);
  }
  return found;
}

function bySelector(name, trees) {
  // An element's own part is the last: what is before it may lie outside of its shadow tree.
  const own = name.slice(name.lastIndexOf(">") + 1);
  try {
    return trees.flatMap((root) => [...root.querySelectorAll(own)]).filter((element) => {
      const path = pathOf(element);
      if (path[0] !== element) return false;
      const [counted, called] = subject(path);
      return counted === element && called === name;
    });
  } catch {
    // A name of the owner's own that is no selector.
    return [];
  }
}

/** For each name the elements that are called so now. */
export function find(wanted) {
  const trees = roots();
  const named = new Map(wanted.map((name) => [name, []]));
  for (const root of trees) {
    for (const element of root.querySelectorAll("[id],[data-cp]")) {
      const known = !ignored(element) && named.get(ownName(element));
      if (known) known.push(element);
    }
  }
  return wanted.map((name) => {
    const found = named.get(name);
    return found.length ? found : bySelector(name, trees);
  });
}

const isDrawn = (element) => element.isConnected && (element.checkVisibility?.({ visibilityProperty: true }) ?? true);

/** Left, top, width and height of what the scroll containers around leave of it, and nothing where that is nothing. The page is no container. */
export function shownPart(element) {
  if (!isDrawn(element)) return;
  let { left, top, right, bottom } = element.getBoundingClientRect();
  let { position } = getComputedStyle(element);
  const parent = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host;
  for (let around = parent(element); around && around !== document.body && position !== "fixed"; around = parent(around)) {
    const style = getComputedStyle(around);
    // It is laid out by what is around this one.
    if (position === "absolute" && style.position === "static") continue;
    position = style.position;
    if (style.overflow === "visible" || style.display === "contents") continue;
    const box = around.getBoundingClientRect();
    [left, top] = [Math.max(left, box.left), Math.max(top, box.top)];
    [right, bottom] = [Math.min(right, box.right), Math.min(bottom, box.bottom)];
  }
  if (left < right && top < bottom) return [left, top, right - left, bottom - top];
}

/** Where a click inside of a frame would lead, when that is a page of this site. */
export function leadsTo(path) {
  for (const element of path) {
    if (element.localName && is(element, "a[href],area[href]") && element.origin === location.origin) return element.pathname + element.search;
  }
}
