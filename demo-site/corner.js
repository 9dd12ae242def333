// Asked for by `?tracker=show` or by the button in the foot, a corner shows what the tracker sends from this page.
// Until then it costs a visitor this file. Pages of the same tab keep it open until `?tracker=hide` or the button.

import { byId, parameter } from "./dom.js";
import { read, write } from "./stored.js";

const KEY = "shop.corner";
const button = byId("tracker-toggle");
let wanted = false;
let corner;

button.addEventListener("click", () => turn(!wanted));
const asked = parameter("tracker");
if (asked) turn(asked === "show");
else if (read(KEY, "hide", "sessionStorage") === "show") turn(true);

async function turn(on) {
  wanted = on;
  write(KEY, on ? "show" : "hide", "sessionStorage");
  button.setAttribute("aria-pressed", String(on));
  corner?.close();
  corner = undefined;
  if (!on) return;
  const { openCorner } = await import("./corner-panel.js");
  const opened = await openCorner(() => {
    turn(false);
    button.focus();
  });
  if (wanted && !corner) corner = opened;
  else opened.close();
}
