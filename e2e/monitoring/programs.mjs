// Programs of a Clickpath of several processes, and Prometheus, each on a free port.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";

import { program as clickpath } from "../stack/clickpath.mjs";
import { waitFor } from "../stack/wait.mjs";

/** Ports that nobody listens on. */
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => server.address().port);
  for (const server of servers) server.close();
  return ports;
}

/** `program.log` has what it wrote to standard error, `program.stop(signal)` ends it. */
export function start(words, settings = {}, { program = clickpath, cwd } = {}) {
  const child = spawn(program, words, { cwd, env: { ...process.env, ...settings }, stdio: ["ignore", "pipe", "pipe"] });
  const started = {
    child,
    log: "",
    output: "",
    async stop(signal = "SIGTERM") {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, "exit");
      child.kill(signal);
      await exit;
    },
  };
  child.stdout.on("data", (data) => (started.output += data));
  child.stderr.on("data", (data) => (started.log += data));
  return started;
}

/** Runs to the end; fails with what the program said. */
export async function run(words, settings) {
  const program = start(words, settings);
  const [code] = await once(program.child, "exit");
  if (code !== 0) throw new Error(`clickpath ${words[0]} ended with ${code}: ${program.log}`);
}

/** Waits until `url` answers 200. */
export async function answers(url, program) {
  await waitFor(`${url}; ${program.log.slice(0, 2_000)}`, async () => {
    if (program.child.exitCode !== null) throw new Error(`ended before ${url} answered: ${program.log.slice(0, 2_000)}`);
    return (await fetch(url).catch(() => undefined))?.ok;
  }, 30_000);
}
