// `cargo xtask bench tracker`: what trackers weigh, cost and deliver, on the same page in the same browser, turn by turn.
import { once } from "node:events";
import { createServer } from "node:http";
import { startChromium } from "../stack/chromium.mjs";
import { waitFor } from "../stack/wait.mjs";
import { compressed, trackers } from "./peers.mjs";

const ROUNDS = 3;
const BUTTONS = 100;
const CLICKS_ON_CLOSE = 60;
/** Of ten clicks each. */
const BATCHES = 40;
/** A telephone's processor, as Lighthouse has it. */
const SLOWER = 4;
const types = { js: "text/javascript", wasm: "application/wasm" };

const page = (tag, mark) => {
  const buttons = Array.from({ length: BUTTONS }, (_, at) => {
    const id = `buy-${at}`;
    return `<li class="card css-1x2y3z"><img alt="" width=40 height=40><button id="${id}" type="button" ${mark.replace("NAME", id)}>Buy ${at}</button></li>`;
  });
  // The page answers a click, as pages do: one without an answer is an event more to those that tell of it.
  const answer = '<script>addEventListener("click", ({ target }) => target.toggleAttribute("data-answered"))</script>';
  return `<!doctype html><title>Shop</title><meta charset="utf-8">${answer}${tag}<body><main><ul>${buttons.join("")}</ul></main>`;
};

/** Serves one tracker's page and files, and takes what it sends: `{ path, bytes, clicks }` each. */
async function serve(tracker) {
  const sent = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://site");
    if (request.method === "POST") {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      sent.push({ bytes: body.length + request.url.length, clicks: body.length ? tracker.clicks(body) : [] });
      const { status, body: text } = tracker.answer(body);
      return response.writeHead(status, { "content-type": "application/json" }).end(text);
    }
    const content = url.pathname === "/" ? page(tracker.tag, tracker.mark) : tracker.files[url.pathname];
    if (content === undefined) return response.writeHead(404).end();
    // Isolated, because a clock of a page that is not has steps of 100 µs.
    const type = types[url.pathname.split(".")[1]] ?? "text/html; charset=utf-8";
    response.writeHead(200, { "content-type": type, "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" }).end(content);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}/`, sent, clicks: () => sent.flatMap(({ clicks }) => clicks), stop: () => (server.closeAllConnections(), server.close()) };
}

async function open(browser, url, { slower = 1 } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  // A headless browser says that it is driven, and some trackers do not count those.
  await context.addInitScript(() => Object.defineProperty(Navigator.prototype, "webdriver", { get: () => false }));
  const tab = await context.newPage();
  const devtools = await context.newCDPSession(tab);
  await devtools.send("Performance.enable");
  if (slower > 1) await devtools.send("Emulation.setCPUThrottlingRate", { rate: slower });
  await tab.addInitScript(() => {
    window.longTasks = 0;
    new PerformanceObserver((list) => (window.longTasks += list.getEntries().length)).observe({ type: "longtask", buffered: true });
  });
  await tab.goto(url, { waitUntil: "load" });
  const metric = async (name) => (await devtools.send("Performance.getMetrics")).metrics.find((metric) => metric.name === name).value;
  return { context, tab, devtools, metric };
}

/** Until the tracker has sent its page view, or nothing is awaited. */
const settled = (site, tab) => (site.expects ? waitFor(`the page view of ${site.expects}`, () => site.sent.length > 0) : tab.evaluate(() => new Promise(requestIdleCallback)));

async function load(browser, site) {
  const { context, tab, devtools, metric } = await open(browser, site.url, { slower: SLOWER });
  await settled(site, tab);
  const script = (await metric("ScriptDuration")) * 1_000;
  const longTasks = await tab.evaluate(() => window.longTasks);
  await devtools.send("HeapProfiler.collectGarbage");
  const heap = await metric("JSHeapUsedSize");
  await context.close();
  return { script, longTasks, heap };
}

/** Microseconds of one click: `listeners` of each batch of ten on different buttons, and `script` of all that they lead to, later tasks too. */
async function click(browser, site) {
  const { context, tab, metric } = await open(browser, site.url);
  await settled(site, tab);
  const before = await metric("ScriptDuration");
  const batches = await tab.evaluate(async ([buttons, batches]) => {
    const times = [];
    for (let batch = 0; batch < batches; batch++) {
      await new Promise((resolve) => setTimeout(resolve));
      const start = performance.now();
      for (let at = 0; at < 10; at++) {
        const element = document.getElementById(`buy-${(batch * 10 + at) % buttons}`);
        element.dispatchEvent(new PointerEvent("click", { bubbles: true, composed: true, cancelable: true, detail: 1, pointerType: "mouse", clientX: 40 + at * 37, clientY: 60 + batch * 11 }));
      }
      times.push(((performance.now() - start) * 1_000) / 10);
    }
    return times.slice(4);
  }, [BUTTONS, BATCHES]);
  await tab.evaluate(() => new Promise(requestIdleCallback));
  const script = (((await metric("ScriptDuration")) - before) * 1_000_000) / BATCHES / 10;
  await context.close();
  return { listeners: batches, script };
}

/** A hundred clicks at a person's pace, then the tab is hidden and closed: requests and bytes of it all. */
async function hundred(browser, site) {
  const { context, tab } = await open(browser, site.url);
  await settled(site, tab);
  const before = site.sent.length;
  await tab.evaluate(async (buttons) => {
    for (let at = 0; at < buttons; at++) {
      document.getElementById(`buy-${at}`).dispatchEvent(new PointerEvent("click", { bubbles: true, composed: true, cancelable: true, detail: 1, pointerType: "mouse", clientX: 40 + (at % 10) * 90, clientY: 60 + at * 6 }));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }, BUTTONS);
  await leave(tab, site, BUTTONS);
  await context.close();
  const sent = site.sent.slice(before).filter(({ clicks }) => clicks.length);
  const clicks = sent.flatMap(({ clicks }) => clicks).length;
  return { requests: (sent.length * 100) / clicks, bytes: sent.reduce((sum, { bytes }) => sum + bytes, 0) / clicks };
}

/** Clicks, and the tab closes in the same moment. */
async function close(browser, site) {
  const { context, tab } = await open(browser, site.url);
  await settled(site, tab);
  await tab.evaluate((clicks) => {
    for (let at = 0; at < clicks; at++) {
      document.getElementById(`buy-${at}`).dispatchEvent(new PointerEvent("click", { bubbles: true, composed: true, cancelable: true, detail: 1, pointerType: "mouse", clientX: 40 + (at % 10) * 90, clientY: 60 + at * 6 }));
    }
  }, CLICKS_ON_CLOSE);
  await leave(tab, site, CLICKS_ON_CLOSE);
  await context.close();
  return new Set(site.clicks()).size / CLICKS_ON_CLOSE;
}

/** Closes the tab and waits until all clicks have arrived, or as long as a browser keeps its beacons. */
async function leave(tab, site, clicks) {
  await tab.close({ runBeforeUnload: true });
  const until = Date.now() + 10_000;
  while (new Set(site.clicks()).size < clicks && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const rounded = (value, digits = 1) => Number(value.toFixed(digits));

const browser = await startChromium();
const blank = { name: "none", files: {}, tag: "", mark: "", clicks: () => [], answer: () => ({ status: 200, body: "" }) };
const subjects = [blank, ...trackers()].map((tracker) => ({ tracker, load: [], click: [], hundred: [], close: [] }));
const measures = { load, click, hundred, close };
for (let round = 1; round <= ROUNDS; round++) {
  process.stderr.write(`round ${round} of ${ROUNDS}\n`);
  for (const [name, measure] of Object.entries(measures)) {
    for (const subject of subjects) {
      if (subject.tracker === blank && ["hundred", "close"].includes(name)) continue;
      const site = await serve(subject.tracker);
      site.expects = subject.tracker !== blank && subject.tracker.name;
      subject[name].push(await measure(browser, site));
      site.stop();
    }
  }
}
await browser.close();

const [without, ...measured] = subjects.map(({ tracker, load, click, hundred, close }) => ({
  name: tracker.name,
  download_brotli_bytes: Object.values(tracker.files).reduce((sum, file) => sum + compressed(file), 0),
  loader_brotli_bytes: tracker.loader && compressed(tracker.files[tracker.loader]),
  click: median(click.flatMap(({ listeners }) => listeners)),
  clickScript: median(click.map(({ script }) => script)),
  script: median(load.map(({ script }) => script)),
  heap: median(load.map(({ heap }) => heap)),
  long_tasks_at_load: median(load.map(({ longTasks }) => longTasks)),
  requests_per_100_clicks: hundred.length && rounded(median(hundred.map(({ requests }) => requests))),
  bytes_per_event: hundred.length && rounded(median(hundred.map(({ bytes }) => bytes))),
  delivered_share_on_close: close.length && rounded(close.reduce((sum, share) => sum + share) / close.length, 4),
}));
const results = measured.map(({ click, clickScript, script, heap, ...rest }) => ({
  ...rest,
  click_us_median: rounded(click - without.click),
  click_script_us: rounded(clickScript - without.clickScript),
  load_script_ms: rounded(script - without.script),
  heap_kb: rounded((heap - without.heap) / 1_024, 0),
}));
console.table(Object.fromEntries(results.map(({ name, ...rest }) => [name, rest])));
const [{ name, ...ours }, ...others] = results;
console.log(JSON.stringify({ ...ours, peers: Object.fromEntries(others.map(({ name, loader_brotli_bytes, ...rest }) => [name, rest])) }));
