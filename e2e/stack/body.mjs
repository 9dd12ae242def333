// The tracker compresses larger batches.
import { gunzipSync } from "node:zlib";

/** The body of a request as it was before. */
export const plain = ({ headers }, body) => (headers["content-encoding"] === "gzip" ? gunzipSync(body) : body);
