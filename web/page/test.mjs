// Tries the page in Chromium, opened as a file and without a network.
//   CHROMIUM=/usr/bin/chromium node test.mjs PAGE.html OUTCOMES.json
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [file, outcomes] = process.argv.slice(2);
const url = pathToFileURL(resolve(file)).href;
const html = readFileSync(file, "utf8");
const inlined = (id) => new RegExp(`id="${id}">([^]*?)</script>`).exec(html)[1];
const folder = mkdtempSync(join(tmpdir(), "authshift-page-"));

const TOKEN = "fake0desk0token0aaaabbbbccccdddd";
const request = (token) => `x = invokeurl\r\n[\r\n\turl :"https://desk.zoho.com/api/v1/tickets/" + id + "?authtoken=${token}"\r\n\ttype :GET\r\n];\r\ninfo x;\r\n`;
const FUNCTION = request(TOKEN);
const MIGRATED = FUNCTION.replace(`?authtoken=${TOKEN}`, "").replace('+ id + ""', "+ id").replace("GET\r\n", 'GET\r\n\tconnection :"desk_oauth"\r\n');
// Its host is only known at run time.
const UNSEEN = `x = invokeurl\n[\n\turl :base + "/x?authtoken=${TOKEN}&orgId=1"\n\ttype :GET\n];\ninfo x;\n`;

// Its answer comes in another form, which may or may not matter (fixtures/C07-argument-as-text).
const UNSAFE = `thisapp.storeAnswer(getUrl("https://desk.zoho.com/api/v1/tickets?authtoken=${TOKEN}&limit=5"));\n`;
const MADE = 'response = invokeurl\n[\n\turl :"https://desk.zoho.com/api/v1/tickets?limit=5"\n\ttype :GET\n\tconnection:"helpdesk"\n];\nthisapp.storeAnswer(response);\n';
const SETTINGS = '[[connection]]\nlink-name = "helpdesk"\nservice = "desk"\n';

// Nobody may ever call it.
let calls = 0;
const canary = createServer((_request, response) => {
  calls++;
  response.end();
});
await new Promise((resolve) => canary.listen(0, "127.0.0.1", resolve));
const canaryUrl = `http://127.0.0.1:${canary.address().port}`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND"],
});

// A page that notes what it asks for, what it is forbidden, and whether a token ever stands in it.
async function open(options = {}) {
  const context = await browser.newContext({ acceptDownloads: true, ...options });
  const page = await context.newPage();
  const seen = { requests: [], errors: [] };
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  session.on("Network.requestWillBeSent", ({ request }) => seen.requests.push(request.url));
  session.on("Network.webSocketCreated", ({ url }) => seen.requests.push(url));
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && seen.errors.push(message.text()));
  await page.addInitScript((token) => {
    window.copied = [];
    window.violations = [];
    window.shown = false;
    const look = () => (window.shown ||= document.documentElement.outerHTML.replace(/<script[^]*?<\/script>/g, "").includes(token));
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.effectiveDirective));
    const clipboard = { writeText: async (text) => void window.copied.push(text) };
    Object.defineProperty(navigator, "clipboard", { value: clipboard });
  }, TOKEN);
  await page.goto(url);
  await page.waitForSelector("html[data-ready]");
  return { page, seen, session };
}

async function paste(page, text) {
  await page.locator("#before .cm-content").focus();
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
    document.querySelector("#before .cm-content").dispatchEvent(event);
  }, text);
}

const status = (page, pattern) => page.waitForFunction((pattern) => new RegExp(pattern).test(document.getElementById("status").textContent), pattern);

async function copied(page) {
  await page.locator("#copy").click();
  return page.evaluate(() => window.copied.at(-1));
}

async function quiet({ page, seen }) {
  assert.deepEqual(seen.requests.filter((one) => one !== url && !/^(blob|data):/.test(one)), [], "a request");
  assert.deepEqual(await page.evaluate(() => window.violations), [], "something was forbidden");
  assert.deepEqual(seen.errors, [], "errors");
  assert.equal(await page.evaluate(() => window.shown), false, "a token stood on the page");
}

const tests = {
  async "every fixture has the native result, to the byte"() {
    const cases = JSON.parse(readFileSync(outcomes, "utf8"));
    assert.ok(cases.length >= 120, `only ${cases.length} cases`);
    const opened = await open();
    const answers = await opened.page.evaluate(
      async ([worker, engine, requests]) => {
        const made = new Worker(URL.createObjectURL(new Blob([worker], { type: "text/javascript" })));
        const told = () => new Promise((resolve) => made.addEventListener("message", ({ data }) => resolve(data), { once: true }));
        const ready = told();
        made.postMessage({ engine: Uint8Array.from(atob(engine), (c) => c.charCodeAt(0)) });
        await ready;
        const answers = [];
        for (const request of requests) {
          const answer = told();
          made.postMessage({ id: 1, request });
          answers.push(await answer);
        }
        return answers;
      },
      [inlined("worker"), inlined("engine"), cases.map((one) => JSON.stringify(one.request))],
    );
    const wrong = cases.filter((one, index) => answers[index].text !== one.answer).map((one) => one.case);
    assert.deepEqual(wrong, [], "other than native");
    await quiet(opened);
    return `${cases.length} requests`;
  },

  async "a pasted function is migrated, masked on the screen, and copied exactly"() {
    const opened = await open();
    const { page } = opened;
    await paste(page, FUNCTION);
    await status(page, "1 file changed; nothing is left");
    assert.equal(await copied(page), MIGRATED);
    assert.match(await page.locator("#before .cm-content").textContent(), /authtoken=fake…/);
    assert.match(await page.locator("#after .cm-content").textContent(), /connection :"desk_oauth"/);
    assert.ok((await page.locator("#before .old").count()) && (await page.locator("#after .new").count()));
    assert.match(await page.locator("#findings").textContent(), /authtoken-in-query.*\(changed\)/);
    const card = await page.locator("#connections").textContent();
    assert.match(card, /Zoho Desk \(US\).*LinkName \(suggested\).*Desk\.tickets\.READ/s);
    // It stays hidden when it comes back.
    await page.locator("#before .cm-content").focus();
    await page.keyboard.press("Control+A");
    await page.keyboard.press("Delete");
    await status(page, "^Ready");
    await page.keyboard.press("Control+Z");
    await status(page, "1 file changed");
    // What is typed is understood too.
    await page.keyboard.press("Control+End");
    await page.keyboard.type("y = 1;");
    await page.waitForFunction(() => document.querySelector("#after .cm-content").textContent.includes("y = 1;"));
    assert.equal(await copied(page), `${MIGRATED}y = 1;`);
    await quiet(opened);
  },

  async "what a keyboard puts in at once is masked as well"() {
    const opened = await open();
    await opened.page.locator("#before .cm-content").focus();
    await opened.page.keyboard.insertText(UNSEEN);
    await status(opened.page, "left for you|to decide on");
    await quiet(opened);
  },

  async "another LinkName goes into the code, and one that is none does not"() {
    const opened = await open();
    const { page } = opened;
    await paste(page, FUNCTION);
    await status(page, "1 file changed");
    const field = page.getByLabel("LinkName (suggested)");
    await field.fill("helpdesk");
    await field.press("Tab");
    await page.waitForFunction(() => document.querySelector("#after .cm-content").textContent.includes("helpdesk"));
    assert.equal(await copied(page), MIGRATED.replace("desk_oauth", "helpdesk"));
    await field.fill('my desk"');
    await field.press("Tab");
    await page.waitForTimeout(300);
    assert.equal(await copied(page), MIGRATED.replace("desk_oauth", "helpdesk"));
    await quiet(opened);
  },

  async "unsafe changes are switched on one by one, and files saved as a zip"() {
    const opened = await open();
    const { page } = opened;
    const buffer = (text) => Buffer.from(text);
    await page.locator("#picked").setInputFiles([
      { name: "authshift.toml", mimeType: "", buffer: buffer(SETTINGS) },
      { name: "a.deluge", mimeType: "", buffer: buffer(UNSAFE) },
      { name: "b.deluge", mimeType: "", buffer: buffer(`\ufeff${UNSAFE}`) },
    ]);
    await status(page, "2 unsafe changes to decide on");
    const offers = page.locator("#offers li");
    assert.equal(await offers.count(), 2);
    assert.match(await offers.nth(1).textContent(), /b\.deluge, line 1: .*assumes that /s);
    assert.doesNotMatch(await page.locator("main").textContent(), /--unsafe-fixes/);
    await offers.nth(1).getByRole("checkbox").check();
    await status(page, "1 file changed; 1 unsafe change to decide on");
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#save-all").click()]);
    const archive = join(folder, "saved.zip");
    await download.saveAs(archive);
    const script = "import json,sys,zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(json.dumps({n: z.read(n).decode() for n in z.namelist()}))";
    const saved = JSON.parse(execFileSync("python3", ["-c", script, archive], { encoding: "utf8" }));
    assert.deepEqual(saved, { "a.deluge": UNSAFE, "b.deluge": `\ufeff${MADE}`, "authshift.toml": SETTINGS });
    // And back: an archive is read.
    await page.locator("#clear").click();
    await page.locator("#picked").setInputFiles(archive);
    await status(page, "1 unsafe change to decide on");
    await quiet(opened);
  },

  async "a packed zip, with files that are not text, comes back whole"() {
    const opened = await open();
    const { page } = opened;
    const archive = join(folder, "packed.zip");
    const script = "import sys,zipfile; z = zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED); [z.writestr(n, t.encode('latin-1')) for n, t in [('crm/f.deluge', sys.argv[2]), ('logo.png', '\\x89PNG\\xff'), ('note.txt', 'Dear all.')]]; z.close()";
    execFileSync("python3", ["-c", script, archive, FUNCTION]);
    await page.locator("#picked").setInputFiles(archive);
    await status(page, "1 file of no UTF-8 text, not searched; 1 file changed; nothing is left; 1 file not read");
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#save-all").click()]);
    await download.saveAs(archive);
    const read = "import json,sys,zipfile; z = zipfile.ZipFile(sys.argv[1]); print(json.dumps({n: z.read(n).decode('latin-1') for n in z.namelist()}))";
    const { "authshift.toml": made, ...saved } = JSON.parse(execFileSync("python3", ["-c", read, archive], { encoding: "utf8" }));
    assert.deepEqual(saved, { "crm/f.deluge": MIGRATED, "logo.png": "\x89PNG\xff", "note.txt": "Dear all." });
    assert.match(made, /link-name = "desk_oauth"/);
    writeFileSync(archive, "no archive");
    await page.locator("#picked").setInputFiles(archive);
    await status(page, "packed.zip: it is no zip archive");
    await quiet(opened);
  },

  async "deep nesting is an answer, and the page goes on"() {
    const opened = await open();
    const { page } = opened;
    for (const depth of [50, 1000, 30000]) {
      await paste(page, `x = ${"(".repeat(depth)}1${")".repeat(depth)};\n`);
      await status(page, depth === 50 ? "no authtokens found" : "nests too deeply|could not be worked on|no authtokens found");
      await page.locator("#clear").click();
      await status(page, "^Ready");
    }
    await paste(page, FUNCTION);
    await status(page, "1 file changed");
    await quiet(opened);
  },

  async "no way out is open"() {
    const { page, seen } = await open();
    const kinds = await page.evaluate(async (canary) => {
      await fetch(canary).catch(() => {});
      const call = new XMLHttpRequest();
      call.open("GET", canary);
      await new Promise((resolve) => ((call.onloadend = resolve), call.send()));
      navigator.sendBeacon(canary, "x");
      try {
        new WebSocket(canary.replace("http", "ws"));
        new EventSource(canary);
      } catch {
        // Forbidden at once.
      }
      const add = (tag, properties) => document.body.append(Object.assign(document.createElement(tag), properties));
      for (const [tag, properties] of [
        ["img", { src: canary }],
        ["script", { src: canary }],
        ["link", { rel: "stylesheet", href: canary }],
        ["iframe", { src: canary }],
        ["object", { data: canary }],
        ["script", { textContent: "window.ran = true" }],
      ]) add(tag, properties);
      const form = Object.assign(document.createElement("form"), { action: canary, method: "post" });
      document.body.append(form);
      form.submit();
      const source = `fetch(${JSON.stringify(canary)}).catch(() => {}).finally(() => postMessage(1))`;
      const worker = new Worker(URL.createObjectURL(new Blob([source])));
      await new Promise((resolve) => (worker.onmessage = resolve));
      await new Promise((resolve) => setTimeout(resolve, 500));
      return { violations: [...new Set(window.violations)], ran: window.ran };
    }, canaryUrl);
    assert.equal(kinds.ran, undefined);
    for (const kind of ["connect-src", "img-src", "script-src-elem", "style-src-elem", "frame-src", "form-action"]) {
      assert.ok(kinds.violations.includes(kind), `${kind} is open: ${kinds.violations}`);
    }
    assert.equal(calls, 0, "somebody was called");
    assert.ok(seen.errors.length);
  },

  async "it fits a phone, light and dark, and everything has a name"() {
    const backgrounds = [];
    for (const colorScheme of ["light", "dark"]) {
      const opened = await open({ viewport: { width: 380, height: 740 }, colorScheme });
      const { page, session } = opened;
      await paste(page, FUNCTION + UNSEEN);
      await status(page, "1 file changed");
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 380, "wider than the screen");
      const small = await page.evaluate(() => {
        const touched = document.querySelectorAll('button, select, input[type="text"], label:has(> input)');
        const boxes = [...touched].map((one) => [one.textContent || one.id, one.getBoundingClientRect()]);
        return boxes.filter(([, { width, height }]) => height && (width < 36 || height < 36)).map(([name]) => name);
      });
      assert.deepEqual(small, [], "too small for a finger");
      backgrounds.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
      const { nodes } = await session.send("Accessibility.getFullAXTree");
      const roles = ["button", "textbox", "checkbox", "combobox", "region", "heading"];
      const nameless = nodes.filter((node) => roles.includes(node.role?.value) && !node.ignored && !node.name?.value);
      assert.deepEqual(nameless.map((node) => node.role.value), [], "without a name");
      assert.ok(nodes.some((node) => node.role?.value === "status"), "no live region");
      // From the editor, the keyboard leads on.
      await page.locator("#before .cm-content").focus();
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.id), "copy");
      await quiet(opened);
    }
    assert.notEqual(backgrounds[0], backgrounds[1]);
  },

  async "a function of 50 KB"() {
    const opened = await open();
    const text = Array.from({ length: 1000 }, (_, n) => request(TOKEN).replace("x = ", `x${n} = `))
      .join("")
      .slice(0, 50 * 1024);
    const whole = text.slice(0, text.lastIndexOf("];\r\n") + 4);
    const plain = `info "a line without anything";\n`.repeat(1600) + FUNCTION;
    const requests = [whole, plain].map((text) => JSON.stringify({ files: [{ name: "a.deluge", text, named: true }], configuration: null }));
    const times = await opened.page.evaluate(
      async ([worker, engine, requests]) => {
        const times = [];
        for (const request of requests) {
          const made = new Worker(URL.createObjectURL(new Blob([worker], { type: "text/javascript" })));
          const told = () => new Promise((resolve) => made.addEventListener("message", ({ data }) => resolve(data), { once: true }));
          const ready = told();
          made.postMessage({ engine: Uint8Array.from(atob(engine), (c) => c.charCodeAt(0)) });
          await ready;
          const taken = [];
          for (let id = 0; id < 10; id++) {
            // Nobody pastes at once.
            await new Promise((resolve) => setTimeout(resolve, id ? 200 : 2000));
            const answer = told();
            made.postMessage({ id, request });
            taken.push((await answer).milliseconds);
          }
          made.terminate();
          times.push({ first: taken[0], usual: taken.sort((a, b) => a - b)[5] });
        }
        return times;
      },
      [inlined("worker"), inlined("engine"), requests],
    );
    const said = ({ first, usual }) => `${Math.round(first)} ms at first and then ${Math.round(usual)} ms`;
    return `${Math.round(whole.length / 1024)} KiB of nothing but requests: ${said(times[0])}; one request in as much other code: ${said(times[1])}`;
  },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  if (process.env.ONLY && !name.includes(process.env.ONLY)) continue;
  try {
    const more = await test();
    console.log(`ok: ${name}${more ? ` (${more})` : ""}`);
  } catch (error) {
    failed++;
    console.error(`FAILED: ${name}\n${error.stack}`);
  }
}
await browser.close();
canary.close();
rmSync(folder, { recursive: true });
process.exit(failed ? 1 : 0);
