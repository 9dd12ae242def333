// Compresses the tracker's files once, as well as it goes, and writes their sizes:
// `node compress.mjs sizes.json <fingerprint of the inputs> <file>…`
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [output, inputs, ...paths] = process.argv.slice(2);

const files = paths.map((path) => {
  const raw = readFileSync(path);
  const gzip = gzipSync(raw, { level: 9 });
  const brotli = brotliCompressSync(raw, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length },
  });
  writeFileSync(`${path}.gz`, gzip);
  writeFileSync(`${path}.br`, brotli);
  return { name: basename(path), raw: raw.length, gzip: gzip.length, brotli: brotli.length };
});

const total = (size) => files.reduce((sum, file) => sum + file[size], 0);
const sizes = { inputs, files, total: { raw: total("raw"), gzip: total("gzip"), brotli: total("brotli") } };
writeFileSync(output, `${JSON.stringify(sizes, null, 2)}\n`);
