// The demonstration shop under the gateway's policy, with the built tracker, and a gateway's place that answers as told.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

import { plain } from "../stack/body.mjs";

const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'self'";
const types = { css: "text/css", html: "text/html; charset=utf-8", js: "text/javascript", svg: "image/svg+xml", wasm: "application/wasm" };
const shop = new URL("../../demo-site/", import.meta.url);
const dist = new URL("../../dist/tracker/", import.meta.url);

/**
 * `tracker: false` has none of its files. `site.answer(events)` makes the answer to a batch, `{status, body}`;
 * `site.before(path)` may hold a file back. `site.events` are all that arrived.
 */
export async function startShop({ tracker = true } = {}) {
  const site = { events: [], answer: accept, before: async () => {} };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://site");
    if (request.method === "POST") {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const events = [JSON.parse(plain(request, Buffer.concat(chunks)))].flat();
      site.events.push(...events);
      const { status, body } = site.answer(events);
      return response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    }
    await site.before(pathname);
    const inShop = pathname.match(/^\/shop\/(.*)$/)?.[1];
    const file = inShop === undefined ? new URL(pathname.slice(1), dist) : new URL(inShop || "index.html", shop);
    try {
      if (!tracker && inShop === undefined) throw new Error("no tracker here");
      const headers = { "content-type": types[file.pathname.split(".").at(-1)], "content-security-policy": POLICY };
      const bytes = await readFile(file);
      response.writeHead(200, headers).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(Number(process.env.SHOP_PORT ?? 0), "127.0.0.1");
  await once(server, "listening");
  site.url = `http://127.0.0.1:${server.address().port}/shop/`;
  site.stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return site;
}

function accept(events) {
  return { status: 202, body: { accepted: events.map(({ id }) => id), rejected: [] } };
}
