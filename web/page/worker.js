// The engine in a thread of its own.
let module;
let engine;

const ready = new Promise((resolve) => {
  self.addEventListener("message", async ({ data }) => {
    if (data.engine) {
      const unpacked = new Blob([data.engine]).stream().pipeThrough(new DecompressionStream("gzip"));
      module = await WebAssembly.compile(await new Response(unpacked).arrayBuffer());
      await begin();
      resolve();
      self.postMessage({ ready: true });
    } else {
      await ready;
      self.postMessage(await answer(data));
    }
  });
});

async function begin() {
  engine = (await WebAssembly.instantiate(module, {})).exports;
}

async function answer({ id, request }) {
  const bytes = new TextEncoder().encode(request);
  const started = performance.now();
  try {
    const at = engine.room(bytes.length);
    new Uint8Array(engine.memory.buffer, at >>> 0, bytes.length).set(bytes);
    const length = engine.migrate() >>> 0;
    const text = new TextDecoder().decode(new Uint8Array(engine.memory.buffer, engine.answer() >>> 0, length));
    return { id, text, milliseconds: performance.now() - started };
  } catch (error) {
    // What is left of it is no engine any more.
    await begin();
    const deep = error instanceof RangeError;
    const why = deep ? "it nests too deeply for a browser" : "the engine stopped";
    return { id, failed: `${why}; the command line can read it (authshift fix)`, milliseconds: performance.now() - started };
  }
}
