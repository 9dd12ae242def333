// What an element is called, and the fields of an event about it.
import { isChosen, isStable } from "./chosen.js";

// A form's fields hide its own properties: <input name="getAttribute">.
const { getAttribute, getAttributeNames, hasAttribute, closest, matches } = Element.prototype;

const WRAPPERS = "html,body,main,#root,#app,#main,#page,#wrapper,#__next,#__nuxt,#___gatsby";
const CONTROLS = "a,button,input,select,textarea,summary,[role=button],[role=link],[role=tab],[role=menuitem]";
const FILES =
  /\.(7z|apk|avi|csv|deb|dmg|docx?|epub|exe|gz|iso|jar|mkv|mov|mp[34]|msi|od[st]|pdf|pkg|pptx?|rar|rpm|rtf|tar|tgz|txt|wav|xlsx?|xml|zip)$/i;
/** What the tracker measures, and attributes that steer it: none becomes a field. */
const OWN = /^(event_title|element_id|title|ignore|mask|input|link_url|(element_)?[xy]|(element|viewport|page)_[wh])$/;
/** Steps from an element up to its named ancestor, at most. */
const STEPS = 5;

export const is = (element, selector) => matches.call(element, selector);
const has = (element, name) => hasAttribute.call(element, name);
export const attribute = (element, name) => getAttribute.call(element, name) ?? "";

/** Nothing is told of what is inside; of the element itself only its `data-cp`. */
const MASK = "data-cp-mask";
/** Nothing is told at all. */
const IGNORE = "data-cp-ignore";

/** The owner's name for the element: its `data-cp`, else `#` and its id; empty for none. The whole page is no element of it. */
export function ownName(element) {
  if (is(element, `[${MASK}] *`)) return "";
  const id = has(element, MASK) ? "" : attribute(element, "id");
  return (attribute(element, "data-cp") || (isChosen(id) && !is(element, WRAPPERS) ? `#${id}` : "")).slice(0, 170);
}

/** Position among siblings of the same tag, where there are any. */
function position(element) {
  let place = 1;
  let more = false;
  for (let other = element; (other = other.previousElementSibling); ) place += other.localName == element.localName;
  for (let other = element; !more && (other = other.nextElementSibling); ) more = other.localName == element.localName;
  return place > 1 || more ? `:nth-of-type(${place})` : "";
}

/** From the nearest named ancestor, or the body, down to the element at `start`. */
function selector(path, start) {
  let text = "";
  for (let step = start; step < path.length; step++) {
    const element = path[step];
    const name = step > start && ownName(element);
    let part = element.localName;
    if (name) part = attribute(element, "data-cp") ? `[data-cp="${name}"]` : /^#[\w-]+$/.test(name) ? name : `[id="${name.slice(1)}"]`;
    else {
      let classes = 0;
      for (const word of attribute(element, "class").split(/\s+/)) if (classes < 2 && isStable(word)) classes += !!(part += `.${word}`);
      part += position(element);
    }
    if (text.length + part.length > 500) break;
    text = text ? `${part}>${text}` : part;
    if (name || step == start + STEPS || element.localName == "body") break;
  }
  return text;
}

/**
 * What a click is counted for, and its name: the nearest element with `data-cp` or an id, unless a link, button or field without either
 * lies below it and the ancestor was not marked with `data-cp`: then that control, by a selector.
 */
export function subject(path) {
  let control = -1;
  for (let step = 0; step < path.length; step++) {
    const name = ownName(path[step]);
    if (name) return control < 0 || attribute(path[step], "data-cp") ? [path[step], name] : [path[control], selector(path, control)];
    if (control < 0 && is(path[step], CONTROLS)) control = step;
  }
  const start = Math.max(control, 0);
  return [path[start], selector(path, start)];
}

/** Whether the page's owner wants to hear nothing of it. */
export const ignored = (element) => closest.call(element, `[${IGNORE}]`);
/** Whether nothing inside is told: neither attribute reaches into a shadow tree by itself. */
export const closed = (element) => closest.call(element, `[${IGNORE}],[${MASK}]`);

/** Adds the element's `data-cp-product-id="7"` as the field `product_id`. */
export function addOwnFields(fields, element) {
  for (const attributeName of getAttributeNames.call(element)) {
    const name = /^data-cp-([\w-]+)$/.exec(attributeName)?.[1].replaceAll("-", "_");
    if (name && !OWN.test(name)) fields[name] = attribute(element, attributeName) || undefined;
  }
  return fields;
}

export function addSizes(fields) {
  const { scrollWidth, scrollHeight } = document.documentElement;
  fields.viewport_w = innerWidth;
  fields.viewport_h = innerHeight;
  fields.page_w = scrollWidth;
  fields.page_h = scrollHeight;
  return fields;
}

/** The title of a click by where its link leads, and the address. */
export function link(path) {
  for (const element of path) {
    if (!is(element, "a[href],area[href]") || has(element, MASK)) continue;
    const { href, host, pathname } = element;
    const out = host && host != location.host;
    return [is(element, "[download]") || FILES.test(pathname) ? "file_download" : out ? "outbound_click" : "click", href];
  }
  return ["click"];
}

/** The elements of a composed path from its outermost mask on; none when its part of the page is to be ignored. */
export function elements(nodes) {
  let path = [];
  for (const node of nodes) {
    if (!node.localName) continue;
    if (has(node, IGNORE)) return [];
    if (has(node, MASK)) path = [];
    path[path.length] = node;
  }
  return path;
}
