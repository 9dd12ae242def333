import { createServer } from "node:http";
import { once } from "node:events";
import { test } from "node:test";

import { startChromium } from "../stack/chromium.mjs";
import { assertVerdicts } from "./verdicts.mjs";

test("the corpus gets equal verdicts in the browser", async (context) => {
  const server = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const browser = await startChromium();
  context.after(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await assertVerdicts(page);
});
