// What a click and a submission say.
import { later, tell } from "./enter.js";
import { click, submit } from "./events.js";
import { addOwnFields, addSizes, attribute, elements, is, link, subject } from "./naming.js";
import { STIRRED } from "./signals.js";

/** What answers a click by itself, or by leaving: no sign of it need be seen in the page. */
const ANSWERING =
  'input,textarea,select,label,option,video,audio,object,embed,iframe,[contenteditable],[href]:not([href^="#"],[href^="javascript:"])';

/** Whatever changes after a click answers it. */
const doings = new MutationObserver(() => {
  doings.disconnect();
  later(() => tell(STIRRED));
});

export function clicked(time, { detail, pointerType, pageX, pageY, isTrusted }, nodes) {
  const path = elements(nodes);
  if (!path.length) return;
  const [element, name] = subject(path);
  const [title, href] = link(path);
  const fields = { event_title: (attribute(element, "data-cp-title") || title).slice(0, 80), element_id: name };
  const pointer = detail || pointerType;
  if (pointer) {
    fields.x = Math.round(pageX);
    fields.y = Math.round(pageY);
    if (element.isConnected) {
      const { left, top, width, height } = element.getBoundingClientRect();
      fields.element_x = Math.round(pageX - scrollX - left);
      fields.element_y = Math.round(pageY - scrollY - top);
      fields.element_w = Math.round(width);
      fields.element_h = Math.round(height);
    }
  } else fields.input = isTrusted ? "keyboard" : "script";
  let answers = false;
  for (const one of path) answers ||= is(one, ANSWERING);
  addSizes(fields);
  addOwnFields(fields, element);
  click(time, fields, href, pointer ? pageX : NaN, pageY, answers);
  doings.observe(nodes[0].getRootNode(), { childList: true, subtree: true, attributes: true, characterData: true });
}

export function submitted(time, nodes) {
  const path = elements(nodes);
  if (path.length) submit({ form: subject(path)[1], form_name: attribute(path[0], "name") || undefined });
}
