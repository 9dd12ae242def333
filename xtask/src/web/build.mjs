// Bundles the pages of web/ into dist/web: `node build.mjs <root of the checkout>`.
//
// A page is a folder with index.html (the inside of <main>, its title in the first line), page.js and, if it has a style of its own,
// page.css. Each becomes pages/<name>.html; scripts and styles become assets/<name>-<hash>, split so that pages share what they share.
import { createRequire } from "node:module";
import { mkdirSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = process.argv[2];
const web = join(root, "web");
const output = join(root, "dist/web");
const { build } = createRequire(join(root, "e2e/package.json"))("esbuild");

const pages = readdirSync(web, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(web, entry.name, "index.html")))
  .map((entry) => entry.name);
const own = (page, file) => [join(web, page, file)].filter(existsSync);

const options = {
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  absWorkingDir: root,
  outdir: output,
  outbase: web,
  loader: { ".svg": "file", ".json": "json" },
  assetNames: "assets/[name]-[hash]",
  publicPath: "/",
};
const [modules, early] = await Promise.all([
  build({
    ...options,
    entryPoints: [join(web, "style/site.css"), ...pages.flatMap((page) => [...own(page, "page.js"), ...own(page, "page.css")])],
    format: "esm",
    splitting: true,
    entryNames: "assets/[dir]-[hash]",
    chunkNames: "assets/shared-[hash]",
  }),
  // Before the first paint, and so no module: the chosen theme, and the icon's address.
  build({ ...options, entryPoints: [join(web, "early.js"), join(web, "icon.svg")], format: "iife", entryNames: "assets/[name]-[hash]", loader: { ".svg": "copy" } }),
]);

const built = { ...modules.metafile.outputs, ...early.metafile.outputs };
/** Address of the built file of an entry point, and of all it imports at once. */
function addresses(entry) {
  const source = relative(root, entry);
  const found = Object.entries(built).find(([, { entryPoint, inputs }]) => entryPoint === source || (entryPoint === undefined && Object.keys(inputs).join() === source));
  const imported = found[1].imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => path);
  return [found[0], ...imported].map((path) => `/${relative("dist/web", path)}`);
}

const files = new Map([...modules.outputFiles, ...early.outputFiles].map(({ path, contents }) => [relative(output, path), Buffer.from(contents)]));
const frame = readFileSync(join(web, "frame.html"), "utf8");
const sizes = [];
for (const page of pages) {
  const source = readFileSync(join(web, page, "index.html"), "utf8");
  const [, title, main] = /^<!-- title: (.+?) -->\n([^]*)$/.exec(source) ?? fail(`web/${page}/index.html does not begin with <!-- title: … -->`);
  const styles = [join(web, "style/site.css"), ...own(page, "page.css")].map((entry) => addresses(entry)[0]);
  const scripts = own(page, "page.js").flatMap(addresses);
  const [icon, theme] = ["icon.svg", "early.js"].map((name) => addresses(join(web, name))[0]);
  const head = [
    `<link rel="icon" type="image/svg+xml" href="${icon}">`,
    `<script src="${theme}"></script>`,
    ...styles.map((style) => `<link rel="stylesheet" href="${style}">`),
    ...scripts.slice(1).map((script) => `<link rel="modulepreload" href="${script}">`),
    ...scripts.slice(0, 1).map((script) => `<script type="module" src="${script}"></script>`),
  ];
  const html = frame
    .replaceAll("{{page}}", page)
    .replaceAll("{{title}}", title)
    .replaceAll("{{icon}}", icon)
    .replace("{{head}}", head.join("\n    "))
    .replace("{{main}}", () => main.trim())
    .replace(`data-nav="${page}"`, `data-nav="${page}" aria-current="page"`);
  files.set(`pages/${page}.html`, Buffer.from(html));
  sizes.push({ name: page, files: [`pages/${page}.html`, ...[icon, theme, ...styles, ...scripts].map((path) => path.slice(1))] });
}

for (const [name, raw] of [...files]) {
  files.set(`${name}.gz`, gzipSync(raw, { level: 9 }));
  files.set(`${name}.br`, brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length } }));
}
const sum = (names, suffix) => names.reduce((total, name) => total + files.get(`${name}${suffix}`).length, 0);
const measured = sizes.map((page) => ({ ...page, raw: sum(page.files, ""), gzip: sum(page.files, ".gz"), brotli: sum(page.files, ".br") }));
files.set("sizes.json", Buffer.from(`${JSON.stringify({ pages: measured }, null, 2)}\n`));
write();

/** What is the same stays as it is, with its time of change. */
function write() {
  const there = existsSync(output) ? readdirSync(output, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()) : [];
  for (const entry of there) {
    const path = join(entry.parentPath, entry.name);
    if (!files.has(relative(output, path))) rmSync(path);
  }
  for (const [name, bytes] of files) {
    const path = join(output, name);
    if (existsSync(path) && readFileSync(path).equals(bytes)) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
}

function fail(why) {
  throw new Error(why);
}
