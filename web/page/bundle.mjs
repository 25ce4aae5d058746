// Puts the page together: one HTML file, with the script, the worker and the engine in it.
//   node bundle.mjs ENGINE.wasm PAGE.html
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const MOST_BYTES = 1200 * 1024;
const here = (name) => new URL(name, import.meta.url).pathname;
const [wasm, page] = process.argv.slice(2);

async function script(name) {
  const options = { bundle: true, minify: true, format: "iife", target: "es2022", legalComments: "none", write: false };
  const { outputFiles } = await build({ entryPoints: [here(name)], charset: "utf8", ...options });
  const { text } = outputFiles[0];
  if (/<\/script/i.test(text)) throw new Error(`${name} would end its own element`);
  return text.trim();
}

const main = await script("main.js");
const hash = createHash("sha256").update(main).digest("base64");
const parts = {
  // A worker from a Blob has the policy of the page.
  policy: `default-src 'none'; script-src 'sha256-${hash}' 'wasm-unsafe-eval'; worker-src blob:; style-src 'unsafe-inline'; img-src data:; connect-src 'none'; form-action 'none'; base-uri 'none'`,
  style: readFileSync(here("style.css"), "utf8").trim(),
  version: /^version = "(.*)"$/m.exec(readFileSync(here("../../Cargo.toml"), "utf8"))[1],
  engine: gzipSync(readFileSync(wasm), { level: 9 }).toString("base64"),
  worker: await script("worker.js"),
  script: main,
};
const html = readFileSync(here("index.html"), "utf8").replace(/{{(\w+)}}/g, (_, name) => parts[name]);
writeFileSync(page, html);
const size = gzipSync(html, { level: 9 }).length;
const kib = (bytes) => `${Math.round(bytes / 1024)} KiB`;
console.log(`${page}: ${kib(html.length)}, ${kib(size)} gzipped (${kib(main.length)} of it script, before gzip)`);
if (size > MOST_BYTES) {
  console.error(`the page has more than ${kib(MOST_BYTES)} gzipped`);
  process.exit(1);
}
