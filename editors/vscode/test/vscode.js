// So much of the module `vscode` as the language client and the extension use before an editor shows anything.

"use strict";

const { pathToFileURL, fileURLToPath } = require("node:url");

class Disposable {
  constructor(dispose = () => {}) {
    this.dispose = dispose;
  }
  static from(...all) {
    return new Disposable(() => all.forEach((one) => one.dispose()));
  }
}

class EventEmitter {
  constructor() {
    this.listeners = new Set();
    this.event = (listener, self) => {
      const bound = self ? listener.bind(self) : listener;
      this.listeners.add(bound);
      return new Disposable(() => this.listeners.delete(bound));
    };
  }
  fire(event) {
    return Promise.all([...this.listeners].map((listener) => listener(event)));
  }
  dispose() {
    this.listeners.clear();
  }
}

class Position {
  constructor(line, character) {
    Object.assign(this, { line, character });
  }
}

class Range {
  constructor(...ends) {
    const places = ends.length === 4 ? [new Position(ends[0], ends[1]), new Position(ends[2], ends[3])] : ends;
    [this.start, this.end] = places;
  }
}

class Diagnostic {
  constructor(range, message, severity) {
    Object.assign(this, { range, message, severity });
  }
}

class CodeActionKind {
  constructor(value) {
    this.value = value;
  }
  append(part) {
    return new CodeActionKind(this.value ? `${this.value}.${part}` : part);
  }
}
CodeActionKind.Empty = new CodeActionKind("");
CodeActionKind.QuickFix = new CodeActionKind("quickfix");
CodeActionKind.Refactor = new CodeActionKind("refactor");
CodeActionKind.Source = new CodeActionKind("source");

class CodeAction {
  constructor(title, kind) {
    Object.assign(this, { title, kind });
  }
}

class WorkspaceEdit {
  constructor() {
    this.edits = [];
  }
  replace(_uri, range, text) {
    this.edits.push({ range, text });
  }
  insert(uri, position, text) {
    this.replace(uri, new Range(position, position), text);
  }
  delete(uri, range) {
    this.replace(uri, range, "");
  }
}

class CancellationTokenSource {
  constructor() {
    this.token = { isCancellationRequested: false, onCancellationRequested: () => new Disposable() };
  }
  cancel() {}
  dispose() {}
}

const Uri = {
  file: (path) => Uri.parse(pathToFileURL(path).href),
  parse: (text) => ({
    scheme: text.split(":")[0],
    fsPath: text.startsWith("file:") ? fileURLToPath(text) : text,
    toString: () => text,
  }),
};

/** Anything else that is asked for is a class with members of its own. */
function rest(known) {
  return new Proxy(known, {
    get(target, name) {
      if (!(name in target) && typeof name === "string") {
        target[name] = /^[A-Z]/.test(name)
          ? Object.assign(class {}, { Empty: {}, None: 0 })
          : name.startsWith("register")
            ? () => new Disposable()
            : name.startsWith("on")
              ? new EventEmitter().event
              : undefined;
      }
      return target[name];
    },
  });
}

const settings = { "authshift.path": "authshift", "authshift.config": "", "authshift.trace.server": "off" };
const errors = [];
const commands = new Map();
const context = { subscriptions: [] };
const diagnostics = new Map();
const providers = [];
const folders = [];
const documents = [];
const configured = new EventEmitter();

const say = (text) => {
  errors.push(text);
  return Promise.resolve(undefined);
};

const workspace = rest({
  textDocuments: documents,
  workspaceFolders: folders,
  onDidChangeConfiguration: configured.event,
  getConfiguration: (section) => ({
    get: (name, fallback) => settings[section ? `${section}.${name}` : name] ?? fallback,
    inspect: () => undefined,
  }),
  getWorkspaceFolder: () => folders[0],
  createFileSystemWatcher: () => {
    const event = new EventEmitter().event;
    return { onDidCreate: event, onDidChange: event, onDidDelete: event, dispose() {} };
  },
});

const window = rest({
  tabGroups: { all: [], onDidChangeTabs: new EventEmitter().event },
  visibleTextEditors: [],
  createOutputChannel: () => rest({ append() {}, appendLine() {}, show() {}, dispose() {} }),
  showErrorMessage: say,
  showWarningMessage: say,
  showInformationMessage: () => Promise.resolve(undefined),
});

const languages = rest({
  match: (selector, document) =>
    [selector].flat().some((one) => (one.language ?? one) === document.languageId) ? 10 : 0,
  createDiagnosticCollection: () => ({
    set: (uri, found) => diagnostics.set(uri.fsPath, found ?? []),
    delete: (uri) => diagnostics.delete(uri.fsPath),
    clear: () => diagnostics.clear(),
    dispose: () => diagnostics.clear(),
  }),
  registerCodeActionsProvider: (_selector, provider) => {
    providers.push(provider);
    return new Disposable(() => providers.splice(providers.indexOf(provider), 1));
  },
});

const vscode = rest({
  version: "1.82.0",
  env: { appName: "stub", language: "en", openExternal: () => Promise.resolve(true) },
  commands: {
    registerCommand: (name, run) => {
      commands.set(name, run);
      return new Disposable(() => commands.delete(name));
    },
    executeCommand: () => Promise.resolve(undefined),
  },
  DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2, Hint: 3 },
  DiagnosticTag: { Unnecessary: 1, Deprecated: 2 },
  CodeActionTriggerKind: { Invoke: 1, Automatic: 2 },
  workspace,
  window,
  languages,
  CancellationTokenSource,
  CodeAction,
  CodeActionKind,
  Diagnostic,
  Disposable,
  EventEmitter,
  Position,
  Range,
  Uri,
  WorkspaceEdit,
});

module.exports = {
  vscode,
  settings,
  errors,
  commands,
  context,
  /** Opens a folder as the workspace. */
  openFolder(path) {
    folders.push({ uri: Uri.file(path), name: "test", index: 0 });
  },
  /** Opens a document, before the extension is there. */
  openDocument(path, languageId, text) {
    const uri = Uri.file(path);
    documents.push({ uri, languageId, version: 1, isClosed: false, isDirty: false, fileName: path, getText: () => text });
  },
  /** Tells that the settings have changed. */
  changeSettings() {
    return configured.fire({ affectsConfiguration: (name) => name.startsWith("authshift") });
  },
  /** What is shown in a file. */
  diagnosticsOf(path) {
    return diagnostics.get(path) ?? [];
  },
  /** What is offered for a range of a file. */
  async codeActions(path, range) {
    const document = documents.find((one) => one.fileName === path);
    const token = new CancellationTokenSource().token;
    const all = providers.map((provider) => provider.provideCodeActions(document, range, { diagnostics: [], triggerKind: 1 }, token));
    return (await Promise.all(all)).flat();
  },
};
