// Elements as text, for tracker-wasm/src/element.rs.

// A form's fields hide its own properties: <input name="getAttribute">.
const { getAttribute, closest } = Element.prototype;

export const attribute = (element, name) => getAttribute.call(element, name) ?? "";

const clean = (text) => text.replace(/[\x00-\x1f]/g, " ");

/** A path of elements, from the innermost outwards: fields end in U+001F, elements in U+001E. */
export function describe(path) {
  let text = "";
  for (const element of path) {
    const { localName, href } = element;
    text += localName;
    for (const name of ["id", "data-cp", "role", "class"]) text += `\x1f${clean(attribute(element, name))}`;
    text += `\x1f${/^a(rea)?$/.test(localName) ? href : ""}\x1f`;
    if (closest.call(element, "[data-cp-ignore]")) text += "i";
    text += "\x1f\x1e";
  }
  return text;
}
