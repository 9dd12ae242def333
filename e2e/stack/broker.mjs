// A private RabbitMQ node, run by the queue crate's own harness.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const program = new URL("../../target/debug/examples/private-broker", import.meta.url).pathname;

/** With `metrics`, the answer has also the address of the node's own metrics. */
export async function startBroker({ metrics = false } = {}) {
  const child = spawn(program, metrics ? ["metrics"] : [], { stdio: ["pipe", "pipe", "inherit"] });
  const exit = once(child, "exit");
  const lines = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (lines.length < (metrics ? 2 : 1)) continue;
    const [url, metricsUrl] = lines;
    return {
      url,
      metricsUrl,
      async stop() {
        child.stdin.end();
        await exit;
      },
    };
  }
  throw new Error("the broker ended before it printed its address; its message is above");
}
