// Starts `authshift lsp` and shows what it finds. All else is the server's.

"use strict";

const vscode = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

/** What the server is asked about: not what other extensions show of a file, such as its state in git. */
const DOCUMENTS = [
  { scheme: "file", language: "deluge" },
  { scheme: "untitled", language: "deluge" },
  { scheme: "file", pattern: "**/*.{deluge,dg,dlg,ds}" },
  { scheme: "file", pattern: "**/plugin-manifest.json" },
  { scheme: "file", pattern: "**/{authshift.toml,.authshift.toml}" },
];

/** @type {LanguageClient | undefined} */
let client;

function settings() {
  return vscode.workspace.getConfiguration("authshift");
}

function start() {
  const config = settings().get("config");
  const command = settings().get("path") || "authshift";
  const args = config ? ["lsp", "--config", config] : ["lsp"];
  const server = { command, args, transport: TransportKind.stdio };
  client = new LanguageClient("authshift", "authshift", server, { documentSelector: DOCUMENTS });
  return client.start().catch((error) => {
    client = undefined;
    const message = `authshift: \`${command}\` cannot be started (${error.message}). Install it, or name it in the setting authshift.path.`;
    vscode.window.showErrorMessage(message, "Open settings").then((answer) => {
      if (answer) {
        vscode.commands.executeCommand("workbench.action.openSettings", "authshift.path");
      }
    });
  });
}

async function stop() {
  const running = client;
  client = undefined;
  if (running && running.needsStop()) {
    await running.stop();
  }
}

async function restart() {
  await stop();
  await start();
}

/** @param {vscode.ExtensionContext} context */
async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("authshift.restart", restart),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("authshift.path") || event.affectsConfiguration("authshift.config")) {
        return restart();
      }
    }),
  );
  await start();
}

module.exports = { activate, deactivate: stop };
