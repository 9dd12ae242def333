// Elements as text, for tracker-wasm/src/element.rs.

// A form's fields hide its own properties: <input name="getAttribute">.
const { getAttribute, closest, matches } = Element.prototype;

/** What answers a click by itself, or by leaving: no sign of it need be seen in the page. */
const ANSWERING =
  'input,textarea,select,label,option,video,audio,object,embed,iframe,[contenteditable],[href]:not([href^="#"],[href^="javascript:"])';

export const attribute = (element, name) => getAttribute.call(element, name) ?? "";

/** A path of elements, from the innermost outwards: fields end in U+001F, elements in U+001E. */
export function describe(path) {
  let text = "";
  for (const element of path) {
    const { localName, href } = element;
    text += localName;
    for (const name of ["id", "data-cp", "role", "class"]) text += `\x1f${attribute(element, name).replace(/[\x00-\x1f]/g, " ")}`;
    text += `\x1f${/^a(rea)?$/.test(localName) ? href : ""}\x1f`;
    if (closest.call(element, "[data-cp-ignore]")) text += "i";
    if (matches.call(element, ANSWERING)) text += "e";
    if (matches.call(element, "[download]")) text += "d";
    text += "\x1f\x1e";
  }
  return text;
}
