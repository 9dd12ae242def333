// A site in front of the gateway: its own pages, the gateway's tracker, and a way to the gateway that fails on demand.
import { createServer, request } from "node:http";
import { once } from "node:events";

import { plain } from "./body.mjs";

/** `page` gives the HTML of a body for a path, or undefined where the gateway answers. */
export async function startFaultySite(gateway, page) {
  const target = new URL(gateway);
  const site = {
    /** What the site answers to a post instead of passing it on: `{ status, headers }`, or undefined. */
    fault: undefined,
    /** Statuses of all posts. */
    statuses: [],
    /** Every request: method, path with query, headers, body before compression. */
    requests: [],
  };
  const server = createServer(async (incoming, outgoing) => {
    outgoing.on("error", () => {});
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { method, url, headers } = incoming;
    site.requests.push({ method, url, headers, body: plain(incoming, body).toString() });
    const content = page(url.split("?")[0]);
    if (content !== undefined) {
      const html = `<!doctype html><title>${url.split("?")[0]}</title>${content}`;
      return outgoing.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" }).end(html);
    }
    if (method === "POST" && site.fault) {
      site.statuses.push(site.fault.status);
      return outgoing.writeHead(site.fault.status, site.fault.headers).end();
    }
    const passed = request({ host: target.hostname, port: target.port, path: url, method, headers });
    passed.on("error", () => outgoing.writeHead(502).end());
    passed.end(body);
    passed.on("response", (answer) => {
      if (method === "POST") site.statuses.push(answer.statusCode);
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  site.url = `http://127.0.0.1:${server.address().port}`;
  site.stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return site;
}
