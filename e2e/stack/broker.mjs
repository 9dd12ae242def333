// A private RabbitMQ node, run by the queue crate's own harness.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const program = new URL("../../target/debug/examples/private-broker", import.meta.url).pathname;

export async function startBroker() {
  const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  const exit = once(child, "exit");
  for await (const url of createInterface({ input: child.stdout })) {
    return {
      url,
      async stop() {
        child.stdin.end();
        await exit;
      },
    };
  }
  throw new Error("the broker ended before it printed its address; its message is above");
}
