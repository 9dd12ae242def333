// The trackers that are measured: ours as built, the others as npm has them, each with a page's way to include it and the form in which it sends.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gunzipSync } from "node:zlib";
import { transformSync } from "../node_modules/esbuild/lib/main.js";

const ours = new URL("../../dist/tracker/", import.meta.url).pathname;
const cache = join(process.env.CLICKPATH_CACHE_DIR ?? join(homedir(), ".cache/clickpath"), "trackers");

/** Pinned as a lock file would: npm would also fetch all that these packages depend on, which no page loads. */
const packages = {
  posthog: ["posthog-js@1.449.2", "vji+h92IHaLlFSEnRH1hwe8uLWGOdDUImmPXexj/+V7Xm7HTxIQisYE/Kom7Aaw4DRpzfdhQxiyAN1YVYR4G8Q=="],
  umami: ["umami@2.10.0", "+lmrnV0751R6U2rkIgVAlE1nWI7yZawlMlJDguW9tlFacCKhnGeCyc7tCMIhNNYIiGIQy4DEX5IzJhm4b3+dPA=="],
  plausible: ["@plausible-analytics/tracker@0.4.6", "nbu6xGgSP6jeYuoVklZBzucUnIpo75tVu3Kr+R0EDycVKaMC/jF5Q/YCaM/8gR4fPZ1IDcXt6FdBJFZ1uZwEPA=="],
  snowplow: ["@snowplow/browser-tracker@4.10.1", "1Kmi6Mtyxwn5BN7BPD63CCb8diNr/cD/ihxHVbnTVc9UQRK9xJALpkpOu90PomVH/GJN2VxVKyeNmPJhGnv9og=="],
  snowplowClicks: [
    "@snowplow/browser-plugin-button-click-tracking@4.6.8",
    "hI1+oZp7/xd1SNvknNFCpZRm26zAzighgS/Q2eqFZnHtaUyDHaLYYGqHTlpELyYZc8t3Qau2Btdz+3amZuI34Q==",
  ],
};

/** A file of a package, whose archive is fetched once and is the one whose SHA-512 stands above. */
function published(name, file) {
  const [spec, integrity] = packages[name];
  mkdirSync(cache, { recursive: true });
  const archive = join(cache, `${spec.replace(/^@/, "").replaceAll(/[/@]/g, "-")}.tgz`);
  if (!existsSync(archive)) execFileSync("npm", ["pack", "--silent", "--pack-destination", cache, spec], { stdio: ["ignore", "ignore", "inherit"] });
  const found = createHash("sha512").update(readFileSync(archive)).digest("base64");
  if (found !== integrity) throw new Error(`${archive} is not the package that was measured before: sha512-${found}`);
  return execFileSync("tar", ["--extract", "--gzip", "--to-stdout", "--file", archive, `package/${file}`], { encoding: "utf8", maxBuffer: 1 << 24 });
}

const minified = (code, format) => transformSync(code, { minify: true, format, target: "es2020" }).code;
const inflated = (body) => (body[0] === 0x1f ? gunzipSync(body) : body);
const json = (body) => [JSON.parse(body)].flat();
/** What a page's markup says of a click differs by tracker. */
const plain = "";

export function trackers() {
  return [
    {
      name: "clickpath",
      files: Object.fromEntries(readdirSync(ours).filter((name) => /\.(js|wasm)$/.test(name)).map((name) => [`/${name}`, readFileSync(join(ours, name))])),
      loader: "/clickpath.js",
      tag: '<script async src="/clickpath.js" data-site="shop"></script>',
      mark: plain,
      clicks: (body) => json(inflated(body)).filter(({ type }) => type === "click").map(({ payload }) => payload.element_id),
      answer: (body) => ({ status: 202, body: JSON.stringify({ accepted: json(inflated(body)).map(({ id }) => id), rejected: [] }) }),
    },
    {
      name: "umami",
      files: { "/script.js": minified(published("umami", "src/tracker/index.js")) },
      tag: '<script defer src="/script.js" data-website-id="b59e9c65-ae32-47f1-8400-119fcf4861c4"></script>',
      // The element's name is the event's.
      mark: 'data-umami-event="click" data-umami-event-element="NAME"',
      clicks: (body) => json(body).filter(({ payload }) => payload.name).map(({ payload }) => `#${payload.data.element}`),
      answer: () => ({ status: 200, body: "token" }),
    },
    {
      name: "plausible",
      files: {
        "/plausible.js": minified(published("plausible", "plausible.js"), "esm"),
        // It has clicks of links and downloads only; this is what its documentation says to write for others.
        "/start.js": `import { init, track } from "/plausible.js";
          init({ domain: "shop.example", endpoint: "/api/event", captureOnLocalhost: true });
          addEventListener("click", ({ target }) => track("click", { props: { element: "#" + target.id } }), true);`,
      },
      tag: '<script type="module" src="/start.js"></script>',
      mark: plain,
      clicks: (body) => json(body).filter(({ n }) => n === "click").map(({ p }) => p.element),
      answer: () => ({ status: 202, body: "ok" }),
    },
    {
      name: "snowplow",
      files: {
        "/sp.js": published("snowplow", "dist/index.umd.min.js"),
        "/sp-clicks.js": published("snowplowClicks", "dist/index.umd.min.js"),
        "/start.js": `snowplowBrowserTracking.newTracker("sp", location.origin, { appId: "shop", plugins: [snowplowButtonClickTracking.ButtonClickTrackingPlugin()] });
          snowplowBrowserTracking.trackPageView();
          snowplowButtonClickTracking.enableButtonClickTracking();`,
      },
      tag: '<script src="/sp.js"></script><script src="/sp-clicks.js"></script><script src="/start.js"></script>',
      mark: plain,
      clicks: (body) =>
        JSON.parse(body).data.filter(({ ue_px, ue_pr }) => ue_px ?? ue_pr).map(({ ue_px, ue_pr }) => {
          const { data } = JSON.parse(ue_pr ?? Buffer.from(ue_px, "base64url")).data;
          return `#${data.id}`;
        }),
      answer: () => ({ status: 200, body: "ok" }),
    },
    {
      name: "posthog",
      files: {
        "/array.js": published("posthog", "dist/array.js"),
        "/start.js": 'posthog.init("phc_bench", { api_host: location.origin, autocapture: true, capture_pageview: true, advanced_disable_flags: true, opt_out_useragent_filter: true, disable_session_recording: true, disable_surveys: true });',
      },
      tag: '<script src="/array.js"></script><script src="/start.js"></script>',
      mark: plain,
      clicks: (body) => {
        const text = inflated(body);
        const data = String(text).startsWith("data=") ? Buffer.from(decodeURIComponent(String(text).slice(5)), "base64") : text;
        const sent = JSON.parse(data);
        return [sent.batch ?? sent].flat().filter(({ event }) => event === "$autocapture").map(({ properties }) => `#${/attr__id="([^"]+)"/.exec(JSON.stringify(properties.$elements ?? []) + (properties.$elements_chain ?? ""))?.[1]}`);
      },
      answer: () => ({ status: 200, body: '{"status":1}' }),
    },
  ];
}

export const compressed = (content) => brotliCompressSync(content).length;
