// The site's page in a frame as wide as the device, made to fit; and the words with the overlay on it.
import { node } from "../lib/dom.js";

/** CSS pixels, by device; of all together as of a desktop. */
const WIDTHS = { all: 1440, desktop: 1440, tablet: 768, mobile: 390 };
/** A page whose overlay says nothing for so long has none. */
const PATIENCE_MS = 6_000;

/** `hear(told)` gets what the overlay says: path, state, words, scale, missing; or `go`, where a link leads; or null where it says nothing. */
export class Stage {
  #holder;
  #hear;
  #frame;
  #origin;
  #wish;
  #patience;
  #width = WIDTHS.desktop;

  constructor(holder, hear) {
    this.#holder = holder;
    this.#hear = hear;
    addEventListener("message", (event) => this.#heard(event));
    new ResizeObserver(() => this.#fit()).observe(holder);
  }

  /** Opens a page with the overlay; `address` has all it needs. */
  open(address, wish) {
    this.#wish = wish;
    this.#origin = address.origin;
    // A foreign page must not take the dashboard's place; one of this origin could lift the sandbox anyway.
    const sandbox = address.origin !== location.origin && "allow-scripts allow-same-origin";
    this.#frame = node("iframe", { title: "The page with its heatmap", sandbox, referrerpolicy: "no-referrer", src: address.href });
    this.#holder.replaceChildren(this.#frame);
    this.#holder.setAttribute("aria-busy", "true");
    this.#width = WIDTHS[wish.device];
    this.#fit();
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => {
      this.#holder.removeAttribute("aria-busy");
      this.#hear(null);
    }, PATIENCE_MS);
  }

  /** On the page that is open. */
  show(wish) {
    this.#wish = wish;
    this.#width = WIDTHS[wish.device];
    this.#fit();
    this.#tell();
  }

  /** In place of the page. */
  say(...children) {
    clearTimeout(this.#patience);
    this.#frame = undefined;
    this.#holder.removeAttribute("aria-busy");
    this.#holder.replaceChildren(node("div", { class: "state" }, ...children));
  }

  #tell() {
    const { mode, device, period } = this.#wish;
    this.#send({ mode, device: device === "all" ? "" : device, period });
  }

  #send(wish) {
    this.#frame?.contentWindow?.postMessage(JSON.stringify({ clickpath: "overlay", ...wish }), this.#origin);
  }

  #heard({ source, origin, data }) {
    if (!this.#frame || source !== this.#frame.contentWindow || origin !== this.#origin) return;
    const told = read(data);
    if (told?.clickpath !== "overlay") return;
    clearTimeout(this.#patience);
    if (told.state === "loading") this.#fit();
    if (told.state && told.state !== "loading") this.#holder.removeAttribute("aria-busy");
    this.#hear(told);
  }

  #fit() {
    if (!this.#frame) return;
    const { clientWidth, clientHeight } = this.#holder;
    const scale = Math.min(1, clientWidth / this.#width);
    const { style } = this.#frame;
    style.width = `${this.#width}px`;
    style.height = `${Math.ceil(clientHeight / scale)}px`;
    style.transform = `scale(${scale})`;
    this.#send({ scale });
    style.left = `${Math.max(0, (clientWidth - this.#width * scale) / 2)}px`;
  }
}

function read(data) {
  try {
    return typeof data === "string" ? JSON.parse(data) : undefined;
  } catch {
    // Another script's message.
    return undefined;
  }
}
