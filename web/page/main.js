// The page: what is pasted or opened goes to the engine, and what it says is shown. Nothing is kept but in this tab.
import { editable, goTo, readable, show } from "./editor.js";
import { marks } from "./marks.js";
import { unzip, zip } from "./zip.js";

const by = (id) => document.getElementById(id);
const CONFIGURATIONS = ["authshift.toml", ".authshift.toml"];
const LINK_NAME = "[A-Za-z][A-Za-z0-9_]*";

// The files; those with `bytes` and no `text` are passed on as they are.
let files = [];
let current = 0;
let configuration = null;
let configurationName = "authshift.toml";
const linkNames = {};
let chosen = new Set();
let all = false;
const ticked = new Set();
let outcome = null;
let problems = [];

// ---- The engine. One request at a time; of those that wait, the newest. ----
const engine = new Worker(URL.createObjectURL(new Blob([by("worker").textContent], { type: "text/javascript" })));
let busy = null;
let waiting = null;
let asked = 0;

engine.addEventListener("message", ({ data }) => {
  if (data.ready) {
    document.documentElement.dataset.ready = "";
    if (!busy) say("Ready.");
    return;
  }
  const { done } = busy;
  busy = null;
  if (waiting) {
    const next = waiting;
    waiting = null;
    send(next);
  }
  done(data);
});
engine.addEventListener("error", (event) => say(`The engine could not be started: ${event.message}`));
const packed = Uint8Array.from(atob(by("engine").textContent), (c) => c.charCodeAt(0));
by("engine").remove();
engine.postMessage({ engine: packed }, [packed.buffer]);

function send(job) {
  busy = job;
  engine.postMessage({ id: job.id, request: job.request });
}

// What the engine says of these files; null when a newer request took its place.
function ask(wanted) {
  return new Promise((resolve) => {
    const request = JSON.stringify({
      files: wanted.filter((file) => file.text !== undefined).map(({ name, text, named }) => ({ name, text, named })),
      configuration,
      link_names: linkNames,
      unsafe_changes: all ? "all" : { only: [...chosen] },
    });
    const job = { id: ++asked, request, done: resolve };
    if (!busy) return send(job);
    waiting?.done(null);
    waiting = job;
  });
}

// ---- The editors. ----
const before = editable(by("before"), "Your function, Deluge code", {
  arrived: (text, at) => take(withText(text), current, at),
  typed(text) {
    files = withText(text);
    edits++;
    outcome = null;
    buttons();
    clearTimeout(typed);
    typed = setTimeout(() => take(files, current), 200);
  },
});
const after = readable(by("after"), "Migrated function, read only");
let typed;
let edits = 0;

function withText(text) {
  const name = /^\s*[[{]/.test(text) ? "pasted.json" : "function.deluge";
  const list = files.length ? [...files] : [{ name, named: true }];
  list[current] = { ...list[current], text, edited: true };
  return list;
}

// Has the engine look at files, and then shows them. Until then, nothing of them is on the screen.
async function take(wanted, index, at) {
  say("Reading…");
  const [from, asks] = [edits, wanted !== files];
  const answer = await ask(wanted);
  if (!answer) return;
  // Typed meanwhile: what is typed is asked about next.
  if (edits !== from) return asks ? say("You typed meanwhile; paste or open it once more.") : undefined;
  const result = answer.failed ? { error: answer.failed } : JSON.parse(answer.text);
  if (result.error && !result.files?.length) {
    outcome = null;
    buttons();
    return say(`${configuration === null ? "It could not be read" : configurationName}: ${result.error}`);
  }
  files = wanted;
  current = Math.min(index, Math.max(files.length - 1, 0));
  outcome = { ...result, report: JSON.parse(result.report), left: JSON.parse(result.left), plan: JSON.parse(result.plan) };
  outcome.milliseconds = answer.milliseconds;
  draw(at);
}

const migrated = (name) => outcome?.files.find((file) => file.name === name);

function draw(at) {
  const file = files[current];
  const text = file?.text ?? "";
  const done = migrated(file?.name);
  const fresh = done?.text ?? text;
  const { before: gone, after: added } = marks(text, fresh, done?.changes ?? []);
  show(before, text, done?.hidden ?? [], gone, "old", at);
  show(after, fresh, done?.hidden_after ?? [], added, "new");
  choice();
  buttons();
  connections();
  offers();
  findings();
  say(summary());
}

// ---- What is said. ----
function say(text) {
  by("status").textContent = text;
}

const counted = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;

function summary() {
  if (!files.length || (files.length === 1 && !files[0].text)) return "Ready.";
  const { summary: was } = outcome.report;
  const { summary: left } = outcome.left;
  const changed = outcome.files.filter((file) => file.text !== null).length;
  const parts = [...problems];
  if (was.errors) parts.push(`${counted(was.errors, "file")} could not be worked on`);
  if (was.findings === 0 && !was.errors) parts.push("no authtokens found");
  if (changed) parts.push(`${counted(changed, "file")} changed`);
  const open = outcome.files.flatMap((file) => file.offers).filter((offer) => !offer.is_on).length;
  if (open) parts.push(`${counted(open, "unsafe change")} to decide on`);
  const yours = left.manual - left.optional;
  if (yours) parts.push(`${counted(yours, "finding")} left for you`);
  if (was.findings && !yours && !left.safe && !left.unsafe && !was.errors) parts.push("nothing is left");
  const unread = outcome.skipped.length;
  if (unread) parts.push(`${counted(unread, "file")} not read: no Deluge, and no sign of a token`);
  return `${parts.join("; ")}.`;
}

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function choice() {
  by("choice").hidden = files.length < 2;
  const marked = new Set(outcome.files.filter((file) => file.text !== null).map((file) => file.name));
  const options = files.map((file, index) => {
    const note = marked.has(file.name) ? " (changed)" : file.text === undefined ? " (not text)" : "";
    return element("option", { value: index, textContent: file.name + note, selected: index === current });
  });
  by("file").replaceChildren(...options);
}

function buttons() {
  const text = outcome && files[current]?.text;
  by("copy").disabled = by("save").disabled = !text;
  by("save-all").disabled = !outcome || !files.length;
}

// Without what the command line needs a switch for: here it is a box to tick, which says the same.
const said = (notes) => notes.filter((note) => !note.includes("--unsafe-fixes"));

function connections() {
  const planned = outcome.plan.connections.filter((one) => one.state !== "there");
  by("connections-section").hidden = !planned.length;
  const focus = document.activeElement?.dataset?.link;
  const cards = planned.map((one, index) => {
    const suggested = one.link_name_from === "suggested";
    const field = element("input", {
      type: "text",
      id: `link-${index}`,
      value: linkNames[one.link_name] ?? one.link_name,
      pattern: LINK_NAME,
      required: true,
      readOnly: !suggested,
      autocomplete: "off",
      spellcheck: false,
      title: "letters, digits and underscores, a letter first",
    });
    field.dataset.link = one.link_name;
    field.addEventListener("change", () => {
      if (!field.reportValidity()) return;
      linkNames[one.link_name] = field.value;
      take(files, current);
    });
    const scopes = one.scopes.map(({ scope, alternatives, confidence }) => {
      const key = `${one.pool} ${one.link_name} ${scope}`;
      const box = element("input", { type: "checkbox", checked: ticked.has(key) });
      box.addEventListener("change", () => (box.checked ? ticked.add(key) : ticked.delete(key)));
      const more = alternatives.length > 1 ? ` (or ${alternatives.filter((other) => other !== scope).join(", ")})` : "";
      const doubt = confidence === "documented" ? "" : ", not certain";
      return element("label", {}, box, " ", element("code", { textContent: scope }), more + doubt);
    });
    const copy = element("button", { type: "button", textContent: "Copy scopes" });
    copy.addEventListener("click", () => put(one.scopes.map(({ scope }) => scope).join(","), "Scopes copied."));
    const titles = one.services.map(({ title, data_center }) => title + (data_center ? ` (${data_center.toUpperCase()})` : ""));
    const where = one.click_path ? `In ${one.pool}: ${one.click_path}` : "In the product in which the function runs.";
    return element(
      "div",
      { className: "card" },
      element("h3", { textContent: titles.join(", ") }),
      element("p", { textContent: where }),
      element("label", { htmlFor: field.id, textContent: suggested ? "LinkName (suggested)" : "LinkName" }),
      field,
      element("fieldset", {}, element("legend", { textContent: "Scopes to tick" }), ...scopes),
      ...(scopes.length ? [copy] : []),
      element("p", { className: "hint", textContent: `${counted(one.sites.length, "request")}` }),
    );
  });
  by("connections").replaceChildren(...cards);
  if (focus) document.querySelector(`[data-link="${CSS.escape(focus)}"]`)?.focus();
}

function offers() {
  const offered = outcome.files.flatMap((file) => file.offers.map((offer) => ({ ...offer, name: file.name })));
  by("offers-section").hidden = !offered.length;
  by("all-offers").checked = all;
  const focus = document.activeElement?.dataset?.offer;
  const items = offered.map((offer, index) => {
    const box = element("input", { type: "checkbox", checked: offer.is_on, id: `offer-${index}` });
    box.dataset.offer = offer.id;
    box.setAttribute("aria-describedby", `offer-${index}-notes`);
    box.addEventListener("change", () => {
      if (all) chosen = new Set(offered.map(({ id }) => id));
      all = false;
      if (box.checked) chosen.add(offer.id);
      else chosen.delete(offer.id);
      take(files, current);
    });
    const place = files.length > 1 ? `${offer.name}, line ${offer.line}: ` : `line ${offer.line}: `;
    const notes = element("div", { id: `offer-${index}-notes` }, ...said(offer.notes).map((note) => element("p", { textContent: note })));
    return element("li", {}, element("label", {}, box, ` ${place}${offer.message}: ${offer.does}`), notes);
  });
  by("offers").replaceChildren(...items);
  if (focus) document.querySelector(`[data-offer="${focus}"]`)?.focus();
}

function findings() {
  const { report, left } = outcome;
  by("findings-section").hidden = !report.findings.length && !report.errors.length;
  const stays = new Map();
  const key = (finding) => [finding.path, finding.rule, finding.message].join("\n");
  for (const finding of left.findings) stays.set(key(finding), (stays.get(key(finding)) ?? 0) + 1);
  const errors = report.errors.map(({ path, message }) => {
    return element("li", {}, element("strong", { className: "error", textContent: "not read " }), `${path}: ${message}`);
  });
  const items = report.findings.map((finding) => {
    const remains = stays.get(key(finding)) ?? 0;
    if (remains) stays.set(key(finding), remains - 1);
    const state = !remains
      ? "changed"
      : { safe: "waits for another change", unsafe: "unsafe change, see above", manual: finding.severity === "note" ? "optional" : "for you to do" }[
          finding.applicability
        ];
    const line = finding.range.start.line;
    const place = element("button", {
      type: "button",
      className: "place",
      textContent: files.length > 1 ? `${finding.path}:${line}` : `line ${line}`,
    });
    place.addEventListener("click", () => {
      current = files.findIndex((file) => file.name === finding.path);
      draw();
      goTo(before, line);
      before.focus();
    });
    return element(
      "li",
      {},
      element("strong", { className: finding.severity, textContent: finding.severity }),
      ` `,
      element("code", { textContent: finding.rule }),
      ` `,
      place,
      ` (${state})`,
      element("p", { textContent: finding.message }),
      ...said(finding.notes).map((note) => element("p", { className: "hint", textContent: note })),
    );
  });
  by("findings").replaceChildren(...errors, ...items);
}

// ---- What comes in. ----
async function opened(list) {
  say("Reading…");
  const wanted = [];
  problems = [];
  for (const file of list) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    try {
      const entries = /\.zip$/i.test(file.name) ? await unzip(bytes) : [{ name: file.webkitRelativePath || file.name, bytes }];
      for (const entry of entries) wanted.push({ ...entry, named: entries.length === 1 && entry.bytes === bytes });
    } catch (error) {
      problems.push(`${file.name}: ${error.message}`);
    }
  }
  for (const file of wanted) {
    try {
      file.text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(file.bytes);
      if (file.text.includes("\0")) delete file.text;
    } catch {
      // It is passed on as it is.
    }
    if (file.text === undefined && file.named) problems.push(`${file.name} is not UTF-8 text`);
  }
  const unread = wanted.filter((file) => file.text === undefined && !file.named).length;
  if (unread) problems.push(`${counted(unread, "file")} of no UTF-8 text, not searched`);
  const settings = wanted.find((file) => CONFIGURATIONS.includes(file.name));
  if (settings?.text !== undefined) [configuration, configurationName] = [settings.text, settings.name];
  const texts = wanted.filter((file) => file !== settings);
  if (!texts.some((file) => file.text !== undefined)) {
    if (settings) return take(files, current);
    return say(`${problems.join("; ") || "There is no file"}.`);
  }
  [chosen, all] = [new Set(), false];
  await take(texts, Math.max(texts.findIndex((file) => file.text !== undefined), 0));
}

by("open").addEventListener("click", () => by("picked").click());
by("picked").addEventListener("change", async () => {
  await opened([...by("picked").files]);
  by("picked").value = "";
});
by("file").addEventListener("change", () => {
  current = Number(by("file").value);
  draw(0);
});
by("clear").addEventListener("click", () => {
  [configuration, problems, chosen, all] = [null, [], new Set(), false];
  take([], 0).then(() => before.focus());
});
by("all-offers").addEventListener("change", () => {
  all = by("all-offers").checked;
  chosen = new Set();
  take(files, current);
});
for (const event of ["dragover", "drop"]) {
  // In the capture phase: the editor would take what is dropped as text.
  document.addEventListener(
    event,
    (drag) => {
      if (!drag.dataTransfer?.types.includes("Files")) return;
      drag.preventDefault();
      drag.stopPropagation();
      by("before").classList.toggle("dropping", event === "dragover");
      if (event === "drop") opened([...drag.dataTransfer.files]);
    },
    true,
  );
}
document.addEventListener("dragleave", () => by("before").classList.remove("dropping"));

// ---- What goes out. It is exact. ----
const exact = (file) => migrated(file.name)?.text ?? file.text;
const encoded = (file) => (file.text === undefined ? file.bytes : new TextEncoder().encode(exact(file)));

async function put(text, done) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // A page that was opened as a file may not be let at the clipboard.
    const field = element("textarea", { value: text });
    field.style.cssText = "position:fixed;opacity:0";
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  say(done);
}

function save(blob, name) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  say(`Saved as ${name}.`);
}

by("copy").addEventListener("click", () => put(exact(files[current]), "The migrated function is on the clipboard."));
by("save").addEventListener("click", () => {
  const file = files[current];
  save(new Blob([encoded(file)], { type: "text/plain" }), file.name.split("/").pop());
});
by("save-all").addEventListener("click", () => {
  const list = files.map((file) => ({ name: file.name, bytes: encoded(file) }));
  list.push({ name: configurationName, bytes: new TextEncoder().encode(outcome.configuration) });
  save(zip(list), "authshift.zip");
});
