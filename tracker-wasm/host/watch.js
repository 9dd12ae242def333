// Watches the page's named elements for views, those that come later too; and the page for signs of an answer to a click.
import { say } from "./enter.js";
import { attribute, closed } from "./naming.js";
import { watched } from "./events.js";
import { CROSSED, SIGHTED, WATCHED } from "./signals.js";

/** Elements that are watched at a time: as many as src/views.rs has room for. */
const ROOM = 16_384;
/** Nodes looked at before the page's own code has its turn again. */
const CHUNK = 500;

const places = new Map();
const free = [];
/** Lists of nodes to look at, and how far each is. */
const waiting = [];
let begun = 0;

const observer = (tell, options) =>
  new IntersectionObserver((entries) => {
    for (const entry of entries) tell(entry, entry.boundingClientRect, places.get(entry.target));
    say(SIGHTED);
  }, options);

const half = observer(
  ({ target, isIntersecting, intersectionRatio }, { width, height }, index) => {
    // Only an element taller than the viewport can fill half of it with less than half of itself.
    if (height > innerHeight) across.observe(target);
    say(CROSSED, index, isIntersecting && width * height > 0 ? intersectionRatio : -1, NaN);
  },
  { threshold: [0, 0.5] },
);
const across = observer(
  ({ isIntersecting }, { width, height }, index) => say(CROSSED, index, NaN, isIntersecting && width ? height / innerHeight : 0),
  { rootMargin: "-50% 0px -50% 0px" },
);

function add(element) {
  if (element.shadowRoot && !closed(element)) follow(element.shadowRoot);
  if (places.has(element) || !(attribute(element, "id") || attribute(element, "data-cp"))) return;
  const index = free.pop() ?? watched.length;
  if (index == ROOM) return;
  watched[index] = element;
  places.set(element, index);
  say(WATCHED, index);
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
  say(WATCHED, index);
}

/** Looks at the waiting nodes, in turns. Without methods of arrays: a page that breaks `shift` would have this go on for ever. */
function work() {
  let left = CHUNK;
  for (let list; (list = waiting[begun]); begun++) {
    while (list.next < list.nodes.length) {
      if (!left--) return void setTimeout(work);
      const node = list.nodes[list.next++];
      if (node.isConnected) add(node);
    }
  }
  waiting.length = begun = 0;
}

const changes = new MutationObserver((records) => {
  for (const { type, target, removedNodes, addedNodes } of records) {
    if (type == "attributes") add(target);
    for (const gone of removedNodes) {
      if (!gone.localName || gone.isConnected) continue;
      remove(gone);
      gone.querySelectorAll("[id],[data-cp]").forEach(remove);
    }
    for (const come of addedNodes) if (come.localName && come.isConnected) scan(come);
  }
  work();
});

function scan(root) {
  if (root.localName) add(root);
  waiting[waiting.length] = { nodes: root.querySelectorAll("*"), next: 0 };
}

/** A document or an open shadow tree. */
function follow(root) {
  changes.observe(root, { childList: true, subtree: true, attributeFilter: ["id", "data-cp"] });
  scan(root);
}

export function watch() {
  follow(document);
  work();
}
