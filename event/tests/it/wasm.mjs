// Prints what the module given by path leaves in its memory between two marks.
import { readFileSync } from "node:fs";

const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), {});
instance.exports.main(0, 0);
const memory = Buffer.from(instance.exports.memory.buffer);
const start = memory.indexOf(Buffer.alloc(32, 2));
const end = memory.indexOf(Buffer.alloc(32, 3), start);
if (start < 0 || end < 0) throw new Error("the module left no verdicts");
process.stdout.write(memory.subarray(start + 32, end));
