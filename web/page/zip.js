// Zip archives, read and written. Nothing that an archive says of itself is trusted.
const MOST_BYTES = 64 * 1024 * 1024;
const LOCAL = 0x04034b50;
const ENTRY = 0x02014b50;
const END = 0x06054b50;
const UTF8 = 0x0800;

export async function unzip(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== END) end--;
  if (end < 0) throw new Error("it is no zip archive");
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (at === 0xffffffff || count === 0xffff) throw new Error("it is too large for this page; use the command line");
  const entries = [];
  const seen = new Set();
  let total = 0;
  for (let i = 0; i < count; i++) {
    if (view.getUint32(at, true) !== ENTRY) throw new Error("it is damaged");
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const packed = view.getUint32(at + 20, true);
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const isLink = (view.getUint32(at + 38, true) >>> 28) === 0xa;
    const local = view.getUint32(at + 42, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength)).replaceAll("\\", "/");
    at += 46 + nameLength + extra + comment;
    if (name.endsWith("/")) continue;
    if (name.startsWith("/") || /^.:/.test(name) || name.split("/").includes("..")) {
      throw new Error(`the name ${name} would lead out of it`);
    }
    if (seen.has(name.toLowerCase())) throw new Error(`it has ${name} twice`);
    seen.add(name.toLowerCase());
    if (isLink) throw new Error(`${name} is a symbolic link`);
    if (flags & 1) throw new Error(`${name} is encrypted`);
    if (method !== 0 && method !== 8) throw new Error(`${name} is packed in a way that is not known`);
    if (view.getUint32(local, true) !== LOCAL) throw new Error("it is damaged");
    const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const data = bytes.subarray(from, from + packed);
    const content = method === 0 ? data.slice() : await inflate(data, MOST_BYTES - total);
    total += content.length;
    if (total > MOST_BYTES) throw new Error("it unpacks to more than 64 MiB");
    entries.push({ name, bytes: content });
  }
  return entries;
}

async function inflate(data, most) {
  const reader = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const chunks = [];
  let length = 0;
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    chunks.push(value);
    length += value.length;
    if (length > most) {
      await reader.cancel();
      throw new Error("it unpacks to more than 64 MiB");
    }
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});

function checksum(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = TABLE[(sum ^ byte) & 255] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

// Stored, not packed.
export function zip(files) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const encoded = new TextEncoder().encode(name);
    const head = (signature, more) => {
      const view = new DataView(new ArrayBuffer(more ? 46 : 30));
      let at = 0;
      const put = (size, value) => {
        if (size === 2) view.setUint16(at, value, true);
        else view.setUint32(at, value, true);
        at += size;
      };
      put(4, signature);
      if (more) put(2, 20);
      put(2, 20);
      put(2, UTF8);
      put(2, 0);
      // 1980-01-01: the page does not ask for the time.
      put(4, 0x00210000);
      put(4, checksum(bytes));
      put(4, bytes.length);
      put(4, bytes.length);
      put(2, encoded.length);
      put(2, 0);
      if (more) [2, 2, 2, 4].forEach((size) => put(size, 0)), put(4, offset);
      return new Uint8Array(view.buffer);
    };
    directory.push(head(ENTRY, true), encoded);
    parts.push(head(LOCAL, false), encoded, bytes);
    offset += 30 + encoded.length + bytes.length;
  }
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, END, true);
  end.setUint16(8, files.length, true);
  end.setUint16(10, files.length, true);
  end.setUint32(12, directory.reduce((sum, part) => sum + part.length, 0), true);
  end.setUint32(16, offset, true);
  return new Blob([...parts, ...directory, end.buffer], { type: "application/zip" });
}
