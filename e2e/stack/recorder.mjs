// A proxy in front of the gateway, as on a real site, that remembers which events passed and how they were answered.
import { createServer, request } from "node:http";
import { once } from "node:events";

import { plain } from "./body.mjs";

/** `visitor` are headers that the proxy sets: X-Forwarded-For, and those that would tell a headless browser from a person's. */
export async function startRecorder(gateway, visitor) {
  const sent = [];
  const target = new URL(gateway);
  const server = createServer(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const headers = { ...incoming.headers, ...visitor };
    const passed = request({ host: target.hostname, port: target.port, path: incoming.url, method: incoming.method, headers });
    passed.end(body);
    const [answer] = await once(passed, "response");
    if (incoming.method === "POST") sent.push({ url: incoming.url, status: answer.statusCode, events: JSON.parse(plain(incoming, body)) });
    outgoing.on("error", () => {});
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Requests so far: `{ url, status, events }`. */
    sent,
    events: () => sent.flatMap((request) => request.events),
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
