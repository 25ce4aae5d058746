// Starts the extension in place of an editor: `vscode` is a stub, the client is `vscode-languageclient`'s, and the server is the
// real one, named by the environment variable AUTHSHIFT. EXTENSION is the folder of the extension when it is not the one above,
// such as that of an unpacked `.vsix` file.

"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const Module = require("node:module");
const os = require("node:os");
const path = require("node:path");

const stub = require("./vscode");

const EXTENSION = process.env.EXTENSION ?? path.join(__dirname, "..");

const load = Module._load;
Module._load = function (name, ...rest) {
  return name === "vscode" ? stub.vscode : load.call(this, name, ...rest);
};

const TOKEN = "fake0desk0token0aaaabbbbccccdddd";
const TEXT = `r = invokeurl\n[\n\turl :"https://desk.zoho.com/api/v1/tickets?authtoken=${TOKEN}"\n\ttype :GET\n];\ninfo r;\n`;
const CONFIG = '[[connection]]\nlink-name = "desk_oauth"\nservice = "desk"\n';

/** Waits until something is there. */
async function until(what, find) {
  for (let round = 0; round < 600; round += 1) {
    const found = find();
    if (found) {
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} did not come; errors shown: ${JSON.stringify(stub.errors)}`);
}

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "authshift-vscode-"));
  try {
    fs.mkdirSync(path.join(folder, ".git"));
    fs.writeFileSync(path.join(folder, "authshift.toml"), CONFIG);
    const file = path.join(folder, "a.deluge");
    fs.writeFileSync(file, TEXT);
    stub.openFolder(folder);
    stub.openDocument(file, "deluge", TEXT);

    const { contributes, main: script } = require(path.join(EXTENSION, "package.json"));
    const names = Object.keys(contributes.configuration.properties);
    assert.deepStrictEqual(names, ["authshift.path", "authshift.config", "authshift.trace.server"]);
    const extension = require(path.join(EXTENSION, script));

    // A program that is not there is an error that says what to do, and no exception.
    stub.settings["authshift.path"] = path.join(folder, "missing");
    await extension.activate(stub.context);
    const error = await until("an error", () => stub.errors.find((text) => text.includes("cannot be started")));
    assert.ok(error.includes("authshift.path"), error);

    // With the right one, the server is started anew, and says what it found.
    stub.settings["authshift.path"] = process.env.AUTHSHIFT;
    await stub.changeSettings();
    const found = await until("a diagnostic", () => stub.diagnosticsOf(file).find((one) => one.code));
    assert.strictEqual(String(found.code.value ?? found.code), "authtoken-in-query");
    assert.strictEqual(found.source, "authshift");
    assert.strictEqual(found.severity, stub.vscode.DiagnosticSeverity.Error);
    assert.strictEqual(found.range.start.line, 2);
    assert.ok(!found.message.includes(TOKEN), found.message);

    const actions = await stub.codeActions(file, found.range);
    const titles = actions.map((action) => action.title);
    assert.ok(titles.includes('authtoken-in-query: remove the token and add connection:"desk_oauth"'), titles.join());
    assert.ok(actions[0].edit.edits.some(({ text }) => text.includes('connection :"desk_oauth"')), "the edits come with it");
    assert.ok(titles.includes("Fix all safe authshift findings in this file"), titles.join());

    assert.ok(stub.commands.has("authshift.restart"));
    await stub.commands.get("authshift.restart")();
    await extension.deactivate();
    console.log("3 passed, 0 failed");
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
