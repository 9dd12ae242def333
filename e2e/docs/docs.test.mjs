// What the documents name is there: files, headings, folders, commands, options, variables and addresses.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const root = new URL("../..", import.meta.url).pathname;
const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" }).split("\n").filter((path) => existsSync(join(root, path)));
const read = (path) => readFileSync(join(root, path), "utf8");
const documents = tracked.filter((path) => path.endsWith(".md")).map((path) => ({ path, ...parsed(read(path)) }));
const programs = { clickpath: commandsOf("clickpath"), xtask: commandsOf("xtask") };

/** Text without code, and code: lines of blocks, spans of text. */
function parsed(markdown) {
  const blocks = [];
  const keep = (_, code) => (blocks.push(code), "\n");
  const text = markdown.replace(/^ *```.*\n([^]*?)^ *```$/gm, keep).replace(/(?<=\n\n)((?: {4,}\S.*\n)+)/g, keep);
  const spans = [...text.matchAll(/`([^`]+)`/g)].map(([, span]) => span.replaceAll(/\s+/g, " "));
  return { text, spans, lines: blocks.join("\n").replaceAll(/\\\n/g, " ").split("\n") };
}

/** Every command's options and variables, by its words: `generate`, `dashboards provision metabase`. */
function commandsOf(program) {
  const found = new Map();
  const look = (words) => {
    const help = execFileSync(join(root, "target/debug", program), [...words, "--help"], { encoding: "utf8" });
    const matches = (pattern) => new Set([...help.matchAll(pattern)].map(([, name]) => name));
    found.set(words.join(" "), { options: matches(/^ +(?:-\w, )?(--[a-z][a-z-]*)/gm).add("--help").add("--version"), variables: matches(/\[env: (\w+)/g) });
    const [, commands = ""] = help.split(/^Commands:$/m);
    for (const [, name] of commands.split(/^\w+:$/m)[0].matchAll(/^ {2}([a-z][a-z-]*)(?: |$)/gm)) if (name !== "help") look([...words, name]);
  };
  look([]);
  return found;
}

/** `{ program, words, options }` of each call in a line of `code`. What is behind `--`, a pipe or a comment is another's. */
function callsIn(code) {
  const calls = [];
  for (const [, before, words, rest] of code.matchAll(/(?:^|[|;&])(?: *\w+=\S*)* *(?:\S+\/)?(clickpath|cargo xtask|cargo run\b[^|#]* --) ((?:[a-z][a-z-]*(?: |$))*)([^|;#&]*)/g)) {
    const program = before === "cargo xtask" ? "xtask" : "clickpath";
    calls.push({ program, words: words.trim().split(" ").filter(Boolean), options: rest.split(/(?:^|[ [])-- /)[0].match(/(?<=^| )--[a-z][a-z-]*/g) ?? [] });
  }
  return calls;
}

const slug = (heading) => heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
const headings = (path) => read(path).match(/^#+ .*$/gm).map((heading) => slug(heading.replace(/^#+ /, "")));

test("links lead to files and headings", () => {
  const broken = [];
  for (const { path, text } of documents) {
    for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^\w+:/.test(link)) continue;
      const [file, heading] = link.split("#");
      const target = file ? join(dirname(path), file) : path;
      if (!existsSync(join(root, target)) || (heading && !headings(target).includes(heading))) broken.push(`${path}: ${link}`);
    }
  }
  assert.deepEqual(broken, []);
});

test("files that are named are there", () => {
  const isFile = /^[\w.-]+(?:\/[\w.-]+)+\.(?:rs|m?js|md|toml|sql|ya?ml|json|csv|gz|html|css|xml|conf)$/;
  const named = documents.flatMap(({ path, spans }) => spans.filter((span) => isFile.test(span)).map((span) => ({ path, span })));
  assert.ok(named.length > 30);
  // As from the root, or as somebody in its folder says it.
  const missing = named.filter(({ span }) => !tracked.some((path) => path === span || path.endsWith(`/${span}`)));
  assert.deepEqual(missing.filter(({ span }) => !MADE.some((made) => span.startsWith(made))), []);
});

/** Programs make these, or serve them. */
const MADE = ["data/", "dist/", "overlay/"];

test("README names every folder", () => {
  const readme = read("README.md");
  const folders = new Set(tracked.filter((path) => path.includes("/") && !path.startsWith(".")).map((path) => path.split("/")[0]));
  assert.deepEqual([...folders].filter((folder) => !readme.includes(`(${folder})`) && !readme.includes(`(${folder}/`)), []);
});

test("every page of docs/ is a link's target in README", () => {
  const readme = read("README.md");
  assert.deepEqual(tracked.filter((path) => /^docs\/.*\.md$/.test(path) && !readme.includes(`(${path})`)), []);
});

test("commands and their options are the programs'", () => {
  const wrong = [];
  let calls = 0;
  for (const { path, spans, lines } of documents) {
    for (const code of [...spans, ...lines]) {
      for (const { program, words, options } of callsIn(code)) {
        calls += 1;
        const known = programs[program];
        const length = words.findLastIndex((_, index) => known.has(words.slice(0, index + 1).join(" "))) + 1;
        if (words.length > 0 && length === 0) wrong.push(`${path}: ${program} has no command ${words[0]}, in ${code}`);
        for (const option of options) {
          if (!known.get(words.slice(0, length).join(" ")).options.has(option)) wrong.push(`${path}: ${[program, ...words.slice(0, length)].join(" ")} has no ${option}, in ${code}`);
        }
      }
    }
  }
  assert.ok(calls > 60);
  assert.deepEqual(wrong, []);
});

test("options that stand alone are some command's", () => {
  const known = new Set(Object.values(programs).flatMap((commands) => [...commands.values()].flatMap(({ options }) => [...options])));
  const named = documents.flatMap(({ path, spans }) => spans.filter((span) => /^--[a-z]/.test(span)).map((span) => ({ path, option: span.match(/^--[a-z-]+/)[0] })));
  assert.ok(named.length > 30);
  assert.deepEqual(named.filter(({ option }) => !known.has(option) && !OTHERS.includes(option)), []);
});

/** Compose's, curl's. */
const OTHERS = ["--profile", "--data", "--data-raw"];

test("variables are read by some program", () => {
  const known = new Set([...programs.clickpath.values()].flatMap(({ variables }) => [...variables]));
  // The build tool's, and those of compose.yaml's own.
  for (const name of ["CLICKPATH_CACHE_DIR", ...[...read("compose.yaml").matchAll(/\$\{(\w+)/g)].map(([, name]) => name)]) known.add(name);
  const files = tracked.filter((path) => path.endsWith(".md") || /^(deploy\/|compose\.yaml|\.env\.example|Dockerfile)/.test(path));
  const unknown = files.flatMap((path) => [...new Set(read(path).match(/\bCLICKPATH_[A-Z_]+[A-Z]\b/g))].filter((name) => !known.has(name)).map((name) => `${path}: ${name}`));
  assert.deepEqual(unknown, []);
});

test("addresses are the gateway's", () => {
  const paths = Object.keys(JSON.parse(read("gateway/openapi.json")).paths).map((path) => new RegExp(`^${path.replace(/\/$/, "").replaceAll(/\{\w+\}/g, "[^/]+")}/?$`));
  // pull.md is about the API of others.
  const named = documents.filter(({ path }) => path !== "docs/pull.md").flatMap(({ path, spans }) => spans.flatMap((span) => (/^(?:GET|POST|PUT|DELETE) (\/[^\s?]*)/.exec(span) ?? []).slice(1).map((address) => ({ path, address }))));
  assert.ok(named.length > 20);
  assert.deepEqual(named.filter(({ address }) => !paths.some((pattern) => pattern.test(address))), []);
});
