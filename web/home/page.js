import "../lib/frame.js";
import { getJson } from "../lib/api.js";
import { byId, node } from "../lib/dom.js";
import { watchLast } from "./last.js";
import { watchParts } from "./parts.js";
import { setUpSnippet } from "./snippet.js";
import { setUpTraffic } from "./traffic.js";

watchParts(byId("parts"));
try {
  const overview = await getJson("/overview/");
  setUpSnippet(overview);
  setUpTraffic(byId("traffic"), () => byId("snippet-site").value || overview.default_site);
  watchLast(byId("last"), byId("last-state"), overview);
} catch (error) {
  byId("notice").replaceChildren(node("p", { class: "notice bad", role: "alert" }, `${error.message} Load the page again when it runs.`));
  if (!error.kind) throw error;
}
