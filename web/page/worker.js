// The engine in a thread of its own.
import { unpack } from "./lzma.js";

let module;
let engine;

const ready = new Promise((resolve) => {
  self.addEventListener("message", async ({ data }) => {
    if (data.engine) {
      module = await WebAssembly.compile(unpack(data.engine));
      await begin();
      resolve();
      self.postMessage({ ready: true });
      await warmUp();
    } else {
      await ready;
      self.postMessage(await answer(data));
    }
  });
});

async function begin() {
  engine = (await WebAssembly.instantiate(module, {})).exports;
}

function migrate(request) {
  const bytes = new TextEncoder().encode(request);
  const at = engine.room(bytes.length);
  new Uint8Array(engine.memory.buffer, at >>> 0, bytes.length).set(bytes);
  const length = engine.migrate() >>> 0;
  return new TextDecoder().decode(new Uint8Array(engine.memory.buffer, engine.answer() >>> 0, length));
}

// Browsers compile code when it is first run, and well when it has run for a while: the first function should not wait for that.
// Requests come in between.
async function warmUp() {
  const text = 'a = invokeurl\n[\n\turl :"https://desk.zoho.com/api/v1/tickets/" + id + "?authtoken=" + token\n\ttype :GET\n];\nb = getUrl("https://crm.zoho.com/crm/v2/Leads?authtoken=" + token + "&page=" + n);\ninfo a.get("id");\n';
  const request = JSON.stringify({ files: [{ name: "function.deluge", text, named: true }], configuration: null });
  const until = performance.now() + 500;
  while (performance.now() < until) {
    migrate(request);
    await new Promise((resolve) => setTimeout(resolve));
  }
}

async function answer({ id, request }) {
  const started = performance.now();
  try {
    const text = migrate(request);
    return { id, text, milliseconds: performance.now() - started };
  } catch (error) {
    // What is left of it is no engine any more.
    await begin();
    const deep = error instanceof RangeError;
    const why = deep ? "it nests too deeply for a browser" : "the engine stopped";
    return { id, failed: `${why}; the command line can read it (authshift fix)`, milliseconds: performance.now() - started };
  }
}
