// Addresses as they may leave the page, and what tells one page from another.
import { scrub } from "./scrub.js";
import { isOrigin } from "./origin.js";

/** The contract's limit; what comes out of the browser is ASCII. */
const LONGEST = 4096;

/** Pairs of known or allowed names. */
function query(text, allowed, mark) {
  let told = "";
  for (const pair of text.split("&")) {
    const name = pair.split("=")[0];
    if (!name || !(isOrigin(name) || allowed.split(/[, ]/).includes(name))) continue;
    told += mark + scrub(pair);
    mark = "&";
  }
  return told;
}

function page(text, allowed) {
  const path = text.split("?")[0];
  return scrub(path) + query(text.slice(path.length + 1), allowed, "?");
}

/**
 * The absolute `url` without the parameters that are neither known nor among `allowed` (names with commas between them), without user and
 * password, and without what looks like e-mail addresses and telephone numbers. Too long, it loses its query and hash first.
 */
export function clean(url, allowed = "") {
  const [, scheme = "", host = "", place, hash, fragment] = /^(?:([^:]*:\/\/)(?:[^/?#]*@)?([^/?#]*))?([^#]*)(#?)([^]*)$/.exec(url);
  let told = scheme + host + page(place, allowed);
  if (fragment) {
    // A route may have parameters of its own; what has them without being a route is a log-in's answer.
    told += hash + (/^[/!]|^[^=]*=?$/.test(fragment) ? page(fragment, allowed) : query(fragment, allowed, ""));
  }
  return told.length > LONGEST ? told.split(/[?#]/)[0].slice(0, LONGEST) : told;
}

/** An address without an anchor: everything before the hash, and the hash when it is a route (`#/cart`, `#!cart`). */
const address = (url) => url.replace(/#(?![/!])[^]*/, "");

/** Whether two addresses are of one page: the same path, query and hash route. */
export const isSame = (one, other) => address(one) == address(other);

/** What "once per page" means for element views: the path, with the hash route where there is one. */
export const place = (url) => address(url).replace(/\?[^#]*/g, "");
