// What a page shows is in its address: it can be shared, and the back button works.

/**
 * The state of a page by a schema `{ name: { read(text) → value or undefined, write(value) → text, default } }`. What the address says
 * that the schema does not understand is in `ignored`, as `name=value`.
 */
export class UrlState {
  #schema;
  #listeners = new Set();

  constructor(schema) {
    this.#schema = schema;
    this.#read();
    addEventListener("popstate", () => {
      this.#read();
      this.#tell();
    });
  }

  get(name) {
    return this.values[name];
  }

  /** Several at once are one entry of the history. Nothing happens where nothing changes. */
  set(changes, { replace = false } = {}) {
    const before = this.toString();
    Object.assign(this.values, changes);
    this.ignored = [];
    const after = this.toString();
    if (after === before && location.search.replace(/^\?/, "") === after) return;
    const address = `${location.pathname}${after && `?${after}`}`;
    if (replace) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
    this.#tell();
  }

  /** Calls `work` after each change, the back button's too. */
  onChange(work) {
    this.#listeners.add(work);
  }

  /** As a query, without what is as it is by default. */
  toString(changes = {}) {
    const query = new URLSearchParams();
    const values = { ...this.values, ...changes };
    for (const [name, { write = String, default: standard }] of Object.entries(this.#schema)) {
      const value = values[name];
      if (value === undefined || value === null || value === "" || write(value) === (standard === undefined ? undefined : write(standard))) continue;
      query.set(name, write(value));
    }
    return query.toString();
  }

  #read() {
    const query = new URLSearchParams(location.search);
    this.values = {};
    this.ignored = [];
    for (const [name, { read, default: standard }] of Object.entries(this.#schema)) {
      const text = query.get(name);
      const value = text === null || text === "" ? undefined : read(text);
      if (text && value === undefined) this.ignored.push(`${name}=${text}`);
      this.values[name] = value ?? standard;
    }
    for (const [name, value] of query) {
      if (!Object.hasOwn(this.#schema, name)) this.ignored.push(`${name}=${value}`);
    }
  }

  #tell() {
    for (const listener of this.#listeners) listener(this);
  }
}
