// Watches the page's named elements for views: those that are there, and those that come later.
import { crossed, sighted, watched as noted } from "clickpath-glue";

import { attribute } from "./element.js";
import { enter } from "./enter.js";
import { current } from "./page.js";

/** Elements looked at before the page's own code has its turn again. */
const CHUNK = 1000;
const NAMED = "[id],[data-cp]";

export function watch() {
  const { watched } = current;
  const places = new Map();
  const free = [];
  const waiting = [];

  const observer = (middle, options) =>
    new IntersectionObserver((entries) => {
      for (const { target, isIntersecting, intersectionRatio, boundingClientRect: { width, height } } of entries) {
        const tall = height > innerHeight;
        // Only an element taller than the viewport can fill half of it with less than half of itself.
        if (tall && !middle) across.observe(target);
        enter(crossed, places.get(target), middle, isIntersecting ? intersectionRatio : -1, width * height, tall);
      }
      enter(sighted);
    }, options);
  const half = observer(false, { threshold: [0, 0.5] });
  const across = observer(true, { rootMargin: "-50% 0px -50% 0px" });

  function add(element) {
    if (places.has(element) || !(attribute(element, "id") || attribute(element, "data-cp"))) return;
    const index = free.pop() ?? watched.length;
    watched[index] = element;
    places.set(element, index);
    enter(noted, index);
    half.observe(element);
  }

  function remove(element) {
    const index = places.get(element);
    if (index === undefined) return;
    half.unobserve(element);
    across.unobserve(element);
    places.delete(element);
    watched[index] = undefined;
    free.push(index);
    enter(noted, index);
  }

  /** Adds the waiting elements, in turns. */
  function work() {
    let left = CHUNK;
    while (waiting.length) {
      const list = waiting[0];
      while (list.next < list.length) {
        if (!left--) return setTimeout(work);
        add(list[list.next++]);
      }
      waiting.shift();
    }
  }

  function scan(root) {
    add(root);
    const list = [...root.querySelectorAll(NAMED)];
    list.next = 0;
    waiting.push(list);
  }

  const changes = new MutationObserver((records) => {
    for (const { type, target, removedNodes, addedNodes } of records) {
      if (type == "attributes") add(target);
      for (const gone of removedNodes) {
        if (!gone.localName || gone.isConnected) continue;
        remove(gone);
        gone.querySelectorAll(NAMED).forEach(remove);
      }
      for (const come of addedNodes) if (come.localName && come.isConnected) scan(come);
    }
    work();
  });
  const root = document.documentElement;
  changes.observe(root, { childList: true, subtree: true, attributeFilter: ["id", "data-cp"] });
  scan(root);
  work();
}
