// Header and footer that every page has.
import { byId, node } from "./dom.js";
import { setUpThemeSwitch } from "./theme.js";

setUpThemeSwitch(byId("theme-switch"));
keepSite(new URLSearchParams(location.search).get("site"));

/** Shows the picker, where there is a choice or `site` is not among them. `choose` hears the new one. */
export function showSites(sites, site, choose) {
  const picker = byId("site-picker");
  const names = sites.includes(site) || !site ? sites : [site, ...sites];
  picker.replaceChildren(...names.map((name) => node("option", { value: name, selected: name === site }, name)));
  picker.value = site;
  picker.parentElement.hidden = false;
  picker.onchange = () => {
    keepSite(picker.value);
    choose(picker.value);
  };
  keepSite(site);
}

/** What the page's address says and the page does not understand. */
export function showIgnored(ignored) {
  const notice = byId("ignored");
  notice.hidden = ignored.length === 0;
  notice.textContent = ignored.length > 0 ? `The address had something that is not understood and was left out: ${ignored.join("; ")}.` : "";
}

/** The links of the header lead to the same site. */
export function keepSite(site) {
  for (const link of document.querySelectorAll("[data-nav]")) {
    if (link.dataset.nav === "shop") continue;
    const target = new URL(link.href);
    if (site) target.searchParams.set("site", site);
    else target.searchParams.delete("site");
    link.href = target.pathname + target.search;
  }
}
