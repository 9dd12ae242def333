// What the generated glue needs of its own: `xtask/src/tracker/glue.rs` puts it in place of the general helpers, which are for texts and old browsers.
let wasm;
export const __wbg_set_wasm = (exports) => (wasm = exports);
