// A site of somebody's own, on another origin than the gateway and under a strict policy: one page whose parts lie at known places.
import { once } from "node:events";
import { createServer } from "node:http";

const STYLE = `
body { margin: 0; font: 16px sans-serif; }
#column { width: 60%; margin: 0 auto; padding-top: 120px; }
#buy { display: block; width: 50%; height: 60px; }
#menu { margin-top: 200px; }
#menu button { width: 120px; height: 40px; }
#aside { margin: 700px 0 0 40px; width: 300px; min-height: 100px; }
#tail { height: 1000px; }
`;
const SCRIPT = `
window.moveBuy = () => document.querySelector("#aside").append(document.querySelector("#buy"));
window.navigateTo = (path) => history.pushState(null, "", path);
`;
const PAGE = `<div id="column"><button id="buy">Buy</button>
<div id="menu"><button class="entry">One</button><button class="entry">Two</button></div></div>
<div id="aside"></div><div id="tail"></div>`;

/** `tracker` is where the script of the tracker is served. `site.requests` are the addresses that were asked for, with their queries. */
export async function startOverlaySite(tracker) {
  const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' ${tracker}; style-src 'self'; connect-src ${tracker}`;
  const requests = [];
  const server = createServer((request, response) => {
    requests.push(request.url);
    const { pathname } = new URL(request.url, "http://site");
    const files = { "/page.css": ["text/css", STYLE], "/page.js": ["text/javascript", SCRIPT], "/favicon.ico": ["image/x-icon", ""] };
    const [type, body] = files[pathname] ?? ["text/html; charset=utf-8",
      `<!doctype html><title>${pathname}</title><link rel="stylesheet" href="/page.css"><script async src="${tracker}/clickpath.js" data-site="shop"></script><body>${PAGE}<script src="/page.js"></script>`];
    response.writeHead(200, { "content-type": type, "content-security-policy": policy }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    requests,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The overlay's shadow tree is closed to everybody; a tab with this opens it for the test. */
export const openShadows = () => {
  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function (options) {
    return attachShadow.call(this, { ...options, mode: "open" });
  };
};

/** Middle of the hottest spot of the density, in CSS pixels of the viewport; of a page or of a frame. */
export const hotSpot = (page) =>
  page.evaluate(async () => {
    // The frame that follows what happened, and its painting.
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const canvas = document.querySelector("clickpath-overlay").shadowRoot.querySelector("canvas");
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    let most = 1;
    for (let at = 3; at < data.length; at += 4) most = Math.max(most, data[at]);
    const found = [];
    for (let at = 3; at < data.length; at += 4) if (data[at] >= 0.95 * most) found.push((at - 3) / 4);
    const box = canvas.getBoundingClientRect();
    const middle = (of) => found.reduce((sum, cell) => sum + of(cell) + 0.5, 0) / found.length;
    return { x: box.left + (middle((cell) => cell % width) * box.width) / width, y: box.top + (middle((cell) => Math.floor(cell / width)) * box.height) / height, cells: found.length };
  });
