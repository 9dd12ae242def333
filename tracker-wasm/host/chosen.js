// Which ids and classes a name is made of: those a person chose and that are the same on the next visit.

/** Whether an id was chosen by a person and stays the same: frameworks number theirs anew on each render, and append hashes and UUIDs. */
export const isChosen = (id) =>
  !!id && !/[: ]|^(?:\xab|radix-|headlessui-|mui-|ember)|(?<![^_-])(?=[a-f]*\d)(?=\d*[a-f])[\da-f]{8,}(?![^_-])/i.test(id);

/** Whether a class was written by a person and does not tell the element's state of the moment. Build tools append `1q2w3e` or `bdVaJa`. */
export const isStable = (name) =>
  /^(?!\d|css-|sc-|jss|svelte-|_|is-|has-|active|current|disabled|expanded|focus|hidden|hover|loading|open|selected|show|visited)[\w-]+$/.test(name) &&
  !/\d[a-z]/i.test(name) &&
  !/(?<![^_-])(?=[^_-]*[a-z])(?=[^_-]{5,8}(?![^_-]))[^_-](?:[a-z\d]*[A-Z]){2}/.test(name);
