// The line for one's own pages.
import { byId, node } from "../lib/dom.js";
import { copyButton } from "../lib/copy.js";

export function setUpSnippet({ sites, default_site: standard }) {
  const [picker, withKey, elsewhere] = ["snippet-site", "snippet-key", "snippet-endpoint"].map(byId);
  const consent = byId("snippet-consent");
  picker.replaceChildren(...sites.map(({ name }) => node("option", { value: name, selected: name === standard }, name)));
  picker.hidden = sites.length < 2;
  const show = () => {
    const site = sites.find(({ name }) => name === picker.value) ?? { name: "", requires_key: false };
    if (site.requires_key) withKey.checked = true;
    withKey.disabled = site.requires_key;
    const options = [
      ` data-site="${site.name}"`,
      withKey.checked ? ' data-key="…"' : "",
      consent.value ? ` data-consent="${consent.value}"` : "",
      elsewhere.checked ? ' data-endpoint="https://events.example/events"' : "",
    ];
    byId("snippet").textContent = `<script async src="${location.origin}/clickpath.js"${options.join("")}></script>`;
    const notes = [
      withKey.checked && "The key is one of the site's own in the sites file; everybody can read it in your page.",
      site.requires_key && "This site takes nothing without one.",
      consent.value === "cookieless" && "Nothing is stored in the browser: each page is a session of its own.",
      consent.value === "off" && 'Nothing is recorded until the page calls clickpath.consent("full").',
      isLocal() && "This address is your own machine's: pages elsewhere need the name of your server.",
    ];
    byId("snippet-note").textContent = notes.filter(Boolean).join(" ");
  };
  for (const field of [picker, consent, withKey, elsewhere]) field.addEventListener("change", show);
  byId("snippet-copy").replaceChildren(copyButton("Copy", () => byId("snippet").textContent, { id: "copy-snippet" }));
  show();
}

const isLocal = () => /^(localhost|127\.|\[::1\])/.test(location.hostname);
