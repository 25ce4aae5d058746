// Puts the page together: one HTML file, with the script, the worker and the engine in it.
//   node bundle.mjs ENGINE.wasm PAGE.html
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { unpack } from "./lzma.js";

const MOST_BYTES = 1_000_000;
const here = (name) => new URL(name, import.meta.url).pathname;
const [wasm, page] = process.argv.slice(2);

async function script(name) {
  const options = { bundle: true, minify: true, format: "iife", target: "es2022", legalComments: "none", write: false };
  const { outputFiles } = await build({ entryPoints: [here(name)], charset: "utf8", ...options });
  const { text } = outputFiles[0];
  if (/<\/script/i.test(text)) throw new Error(`${name} would end its own element`);
  return text.trim();
}

// As `lzma.js` unpacks it: with its size, which the packer leaves open, at the head.
function packed(bytes) {
  const code = "import lzma, sys; sys.stdout.buffer.write(lzma.compress(sys.stdin.buffer.read(), lzma.FORMAT_ALONE, preset=9 | lzma.PRESET_EXTREME))";
  const packed = execFileSync("python3", ["-c", code], { input: bytes, maxBuffer: bytes.length });
  packed.writeBigUInt64LE(BigInt(bytes.length), 5);
  if (!bytes.equals(unpack(packed))) throw new Error("the engine does not come back as it was");
  return packed;
}

const main = await script("main.js");
const hash = createHash("sha256").update(main).digest("base64");
const parts = {
  // A worker from a Blob has the policy of the page.
  policy: `default-src 'none'; script-src 'sha256-${hash}' 'wasm-unsafe-eval'; worker-src blob:; style-src 'unsafe-inline'; img-src data:; connect-src 'none'; form-action 'none'; base-uri 'none'`,
  style: readFileSync(here("style.css"), "utf8").trim(),
  version: /^version = "(.*)"$/m.exec(readFileSync(here("../../Cargo.toml"), "utf8"))[1],
  engine: packed(readFileSync(wasm)).toString("base64"),
  worker: await script("worker.js"),
  script: main,
};
const html = readFileSync(here("index.html"), "utf8").replace(/{{(\w+)}}/g, (_, name) => parts[name]);
writeFileSync(page, html);
const size = gzipSync(html, { level: 9 }).length;
const kb = (bytes) => `${Math.round(bytes / 1000)} KB`;
console.log(`${page}: ${kb(html.length)}, ${kb(size)} gzipped (${kb(main.length)} of it script, before gzip)`);
if (size > MOST_BYTES) {
  console.error(`the page has more than ${kb(MOST_BYTES)} gzipped`);
  process.exit(1);
}
