// What a click and a submission say.
import { message } from "clickpath-glue";

import { enter, say } from "./enter.js";
import { attribute, fields, ignored, is, link, ownFields, sizes, subject, unmasked } from "./naming.js";
import { CLICKED, CLICKED_CONTROL, STIRRED, SUBMITTED } from "./signals.js";

/** What answers a click by itself, or by leaving: no sign of it need be seen in the page. */
const ANSWERING =
  'input,textarea,select,label,option,video,audio,object,embed,iframe,[contenteditable],[href]:not([href^="#"],[href^="javascript:"])';

export const tell = (kind, time, text = "", x = 0, y = 0) => enter(message, kind, time, text, x, y);

/** Whatever changes after a click answers it. */
const doings = new MutationObserver(() => {
  doings.disconnect();
  say(STIRRED);
});

/** The elements of a composed path; none when its part of the page is to be ignored. */
const elements = (nodes) => {
  const path = [];
  for (const node of nodes) {
    if (!node.localName) continue;
    if (ignored(node)) return [];
    path[path.length] = node;
  }
  return unmasked(path);
};

export function clicked(time, { detail, pointerType, pageX, pageY, isTrusted }, nodes) {
  const path = elements(nodes);
  if (!path.length) return;
  const [element, name] = subject(path);
  const [title, href] = link(path);
  const values = { event_title: (attribute(element, "data-cp-title") || title).slice(0, 80), element_id: name };
  const pointer = detail || pointerType;
  if (pointer) {
    values["#x"] = Math.round(pageX);
    values["#y"] = Math.round(pageY);
    if (element.isConnected) {
      const { left, top, width, height } = element.getBoundingClientRect();
      values["#element_x"] = Math.round(pageX - scrollX - left);
      values["#element_y"] = Math.round(pageY - scrollY - top);
      values["#element_w"] = Math.round(width);
      values["#element_h"] = Math.round(height);
    }
  } else values.input = isTrusted ? "keyboard" : "script";
  values["@link_url"] = href;
  let kind = CLICKED;
  for (const one of path) if (is(one, ANSWERING)) kind = CLICKED_CONTROL;
  tell(kind, time, fields(values) + sizes() + ownFields(element), pointer ? pageX : NaN, pageY);
  doings.observe(nodes[0].getRootNode(), { childList: true, subtree: true, attributes: true, characterData: true });
}

export function submitted(time, nodes) {
  const path = elements(nodes);
  if (path.length) tell(SUBMITTED, time, fields({ event_title: "form_submit", form: subject(path)[1], form_name: attribute(path[0], "name") }));
}
