// Starts the overlay: the loader imports this where the page's address asks for it. Nothing here throws into the page.
import init, { start } from "overlay-glue";

try {
  await init({ module_or_path: fetch(new URL(WASM_FILE, import.meta.url)) });
  start(new URL(".", import.meta.url).href);
} catch (error) {
  console.warn("clickpath: the overlay does not start:", error);
}
