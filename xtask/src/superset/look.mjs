// Opens each dashboard of a real Superset in a browser, compares every chart's numbers with the report's, and takes a picture of each
// tab. Arguments: the repository, Superset's address, the gateway's, a folder for the pictures. The password is in SUPERSET_PASSWORD.
import { createRequire } from "node:module";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

const [root, superset, gateway, pictures] = process.argv.slice(2);
const { chromium } = createRequire(join(root, "e2e/package.json"))("playwright-core");
const DAY_MS = 86_400_000;
const CHART_DATA = "/api/v1/chart/data";
// Lower than this a dashboard is not: Superset draws, and asks for, what is in view.
const viewport = { width: 1440, height: 3200 };

mkdirSync(pictures, { recursive: true });
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport });
const failures = [];
let compared = 0;

await page.goto(`${superset}/login/`);
await page.fill("input#username, input[name=username]", "admin");
await page.fill("input#password, input[name=password]", process.env.SUPERSET_PASSWORD);
await Promise.all([page.waitForURL((url) => !url.pathname.startsWith("/login")), page.keyboard.press("Enter")]);

const charts = await listed("chart");
const dashboards = await listed("dashboard");
const answers = new Map();
page.on("response", (response) => {
  const url = new URL(response.url());
  if (url.pathname !== CHART_DATA || response.request().method() !== "POST") return;
  const id = JSON.parse(url.searchParams.get("form_data") ?? "{}").slice_id;
  if (id) answers.set(id, response.json().then((body) => ({ status: response.status(), body }), (error) => ({ status: response.status(), body: String(error) })));
});

for (const dashboard of dashboards) {
  await page.goto(`${superset}/superset/dashboard/${dashboard.slug}/`);
  await page.waitForSelector(".dashboard-component-chart-holder, .dashboard-chart", { timeout: 60_000 });
  const tabs = await page.locator("[role=tab]").allTextContents();
  for (const tab of tabs.length > 0 ? tabs : [""]) {
    if (tab) await page.locator("[role=tab]", { hasText: tab }).first().click();
    const name = `${dashboard.slug}${tab ? `-${tab.toLowerCase()}` : ""}`;
    await settled(name);
    await page.screenshot({ path: join(pictures, `${name}.png`) });
    const broken = await page.locator("[role=alert]:visible, .ant-alert-error:visible, .chart-container .error:visible").allTextContents();
    if (broken.length > 0) failures.push(`${name} shows ${JSON.stringify(broken)}`);
  }
  const own = await (await page.request.get(`${superset}/api/v1/dashboard/${dashboard.id}/charts`)).json();
  for (const { id } of own.result) await compare(dashboard, charts.find((chart) => chart.id === id));
}
await browser.close();
console.log(`${compared} charts say what their reports say, ${failures.length} failures`);
for (const failure of failures) console.log(failure);
process.exit(failures.length > 0 || compared === 0 ? 1 : 0);

async function listed(kind) {
  const ids = [];
  const list = await (await page.request.get(`${superset}/api/v1/${kind}/?q=(page_size:500)`)).json();
  for (const { id } of list.result) {
    const one = await (await page.request.get(`${superset}/api/v1/${kind}/${id}`)).json();
    ids.push({ id, ...one.result });
  }
  return ids;
}

// Nothing loads any more, and every chart in view has its answer.
async function settled(name) {
  await page.waitForTimeout(500);
  await page.waitForFunction(() => document.querySelectorAll("[aria-label=Loading], .loading, [data-test=loading-indicator]").length === 0, null, { timeout: 300_000 })
    .catch(() => failures.push(`${name} still loads after 300 s`));
  await page.waitForLoadState("networkidle", { timeout: 300_000 });
  await page.waitForTimeout(1_000);
}

async function compare(dashboard, chart) {
  const what = `${dashboard.slug}, ${chart.slice_name}`;
  const params = JSON.parse(chart.params);
  const answer = await answers.get(chart.id);
  if (!answer) return failures.push(`${what} was never asked`);
  if (answer.status !== 200) return failures.push(`${what} was answered ${answer.status}: ${JSON.stringify(answer.body).slice(0, 300)}`);
  const { metric, own, values, by } = params.clickpath;
  const rows = answer.body.result[0].data;
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const date = (ms) => new Date(ms).toISOString().slice(0, 10);
  const asked = new URLSearchParams({ site: "shop", from: date(today - 29 * DAY_MS), to: date(today), limit: "100", ...own });
  const known = (await (await fetch(`${gateway}/reports/`)).json()).metrics.find(({ name }) => name === metric).parameters.map(({ name }) => name);
  for (const name of [...asked.keys()]) if (!known.includes(name)) asked.delete(name);
  const response = await fetch(`${gateway}/reports/${metric}?${asked}`);
  const report = await response.json();
  if (!response.ok) return failures.push(`${what}: the report was answered ${response.status}: ${JSON.stringify(report)}`);
  const shown = chart.viz_type === "big_number_total" ? values.slice(0, 1) : values;
  const expected = sum(report.data, (column) => shown.includes(column));
  // Superset adds columns of its own, ranks and contributions. A series has a column named after its value.
  const isSeries = !values.some((column) => rows.length > 0 && column in rows[0]);
  const found = sum(rows, (column) => (isSeries ? !by.includes(column) : shown.includes(column)));
  if (Math.abs(expected - found) > 1e-6 * Math.max(1, Math.abs(expected))) return failures.push(`${what} says ${found}, the report ${expected}`);
  if (report.data.length > 0 && rows.length === 0) return failures.push(`${what} has no rows, the report ${report.data.length}`);
  compared += 1;
}

function sum(rows, counts) {
  return rows.reduce((all, row) => all + Object.entries(row).reduce((sum, [column, value]) => sum + (counts(column) && value !== null ? Number(value) || 0 : 0), 0), 0);
}
