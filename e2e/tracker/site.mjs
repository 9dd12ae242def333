// A site under a strict content security policy that includes the tracker, and remembers what the tracker sends.
import { readFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";

import { plain } from "../stack/body.mjs";
import { waitFor } from "../stack/wait.mjs";

const dist = new URL("../../dist/tracker/", import.meta.url);
const types = { js: "text/javascript", wasm: "application/wasm", html: "text/html; charset=utf-8" };
export const TAG = '<script async src="/clickpath.js" data-site="shop"></script>';
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; style-src 'unsafe-inline'";

/** `pages` maps paths to the HTML of a body, or for paths that end in `.js` to a script. */
export async function startSite(pages, { policy = POLICY, tag = TAG } = {}) {
  const requests = [];
  const site = { requests, answer: () => ({ status: 202 }), beforeWasm: async () => {} };
  const files = Object.fromEntries(
    await Promise.all(
      (await readdir(dist)).filter((name) => /\.(js|wasm)$/.test(name)).map(async (name) => [`/${name}`, await readFile(new URL(name, dist))]),
    ),
  );
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://site");
    if (request.method === "POST") {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const events = [JSON.parse(plain(request, body))].flat();
      const received = { path: pathname, query: searchParams, type: request.headers["content-type"], encoding: request.headers["content-encoding"], bytes: body.length, events };
      const { status, headers, body: text = "" } = site.answer(received, requests.length);
      requests.push({ ...received, status });
      response.writeHead(status, headers).end(text);
      return;
    }
    if (pathname.endsWith(".wasm")) await site.beforeWasm();
    if (pathname === "/favicon.ico") return response.writeHead(204).end();
    const content = files[pathname] ?? pages[pathname];
    if (content === undefined) return response.writeHead(404).end();
    const type = types[pathname.split(".")[1] ?? "html"];
    const body = type === types.html ? `<!doctype html><title>${pathname}</title>${tag}<body style="margin:0">${content}` : content;
    response.writeHead(200, { "content-type": type, "content-security-policy": policy }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  site.origin = `http://127.0.0.1:${server.address().port}`;
  /** Events of requests that were answered 202, by arrival. */
  site.accepted = () => requests.filter(({ status }) => status === 202).flatMap(({ events }) => events);
  site.titled = (title) => site.accepted().filter(({ payload }) => payload.event_title === title);
  /** Names of the elements whose views arrived. */
  site.viewed = () => site.titled("element_view").map(({ payload }) => payload.element_id);
  site.wait = (what, look) => waitFor(`${what}; arrived: ${JSON.stringify(site.accepted().map(({ payload }) => payload))}`.slice(0, 2_000), look);
  site.stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return site;
}

/** A tab of a new visitor. `faults` collects what the page's console and error handlers saw. */
export async function openTab(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 800, height: 600 }, ...options });
  const page = await context.newPage();
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(`error: ${error}`));
  page.on("console", (message) => page.faults.push(`${message.type()}: ${message.text()}`));
  return page;
}

/**
 * A site of its own and a tab of a new visitor, which end with the test; `pages`, `policy` and `tag` are the site's. `prepare` runs in the tab
 * before any script, with `clock` its timers can be sent ahead, `path` is opened, and `story` told. `page.asked` are the addresses that the tab asked for.
 */
export async function visit(context, browser, { pages, prepare, path, clock, ...options } = {}, story = () => {}) {
  const site = await startSite({ "/": '<button id="buy" style="position:absolute;left:0;top:0;width:80px;height:40px">Buy</button>', ...pages }, options);
  const page = await openTab(browser);
  context.after(async () => {
    await page.context().close();
    site.stop();
  });
  page.asked = [];
  page.on("request", (request) => page.asked.push(request.url()));
  if (clock) await page.clock.install();
  if (prepare) await page.addInitScript(prepare);
  if (path) await page.goto(site.origin + path);
  await story(page, site);
  return { site, page };
}

/** Resolves when the intersection observers that existed before have been told of the page as it now is. */
export const observed = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        const observer = new IntersectionObserver(() => {
          observer.disconnect();
          resolve();
        });
        observer.observe(document.body);
      }),
  );

export const repeated = (values) => values.filter((value, index) => values.indexOf(value) !== index);
