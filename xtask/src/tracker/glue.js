// What the generated glue needs of its own, for browsers of today: `xtask/src/tracker/glue.rs` puts it in place of the general one.
const encoder = new TextEncoder();
const decoder = new TextDecoder();
let WASM_VECTOR_LEN;
let wasm;

const getDataViewMemory0 = () => new DataView(wasm.memory.buffer);
const getStringFromWasm0 = (place, length) => decoder.decode(new Uint8Array(wasm.memory.buffer, place >>> 0, length));

function passStringToWasm0(text) {
  const bytes = encoder.encode(text);
  WASM_VECTOR_LEN = bytes.length;
  const place = wasm.__wbindgen_malloc(WASM_VECTOR_LEN, 1) >>> 0;
  new Uint8Array(wasm.memory.buffer, place).set(bytes);
  return place;
}

export const __wbg_set_wasm = (exports) => (wasm = exports);
