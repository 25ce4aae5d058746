// The two editors. Their documents hold the exact text, and a token is never drawn: what the engine says is hidden has a few of its
// characters in its place. What comes in at once (pasted, dropped, put in by a phone's keyboard) is not drawn before the engine has
// looked at it.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { syntaxHighlighting } from "@codemirror/language";
import { Annotation, EditorState, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, drawSelection, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { deluge } from "./deluge.js";

// So much at once is not typed.
const PASTED_FROM = 8;

class Masked extends WidgetType {
  constructor(shown) {
    super();
    this.shown = shown;
  }
  eq(other) {
    return other.shown === this.shown;
  }
  toDOM() {
    const mask = document.createElement("span");
    mask.className = "masked";
    mask.textContent = this.shown;
    mask.title = "masked on the screen; copy and save give the exact text";
    return mask;
  }
}

const mask = (shown) => Decoration.replace({ widget: new Masked(shown) });
const looked = Annotation.define();
const setHidden = StateEffect.define();
const setLines = StateEffect.define();

// Secrets that were told once, by value: undoing brings them back before the engine is asked again.
const known = new Map();

function remember(text, hidden) {
  for (const { start, end, shown } of hidden) if (end - start >= PASTED_FROM) known.set(text.slice(start, end), shown);
}

function hide(ranges) {
  const builder = new RangeSetBuilder();
  let done = 0;
  for (const { start, end, shown } of ranges.sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (end > done) builder.add(Math.max(start, done), (done = end), mask(shown));
  }
  return builder.finish();
}

// With every place of a secret that was told before.
function hideKnown(text, ranges) {
  for (const [value, shown] of known) {
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length)) {
      ranges.push({ start: at, end: at + value.length, shown });
    }
  }
  return hide(ranges);
}

const hiddenField = StateField.define({
  create: () => Decoration.none,
  update(hidden, transaction) {
    const told = transaction.effects.find((effect) => effect.is(setHidden));
    if (told) return hideKnown(transaction.newDoc.toString(), [...told.value]);
    if (!transaction.docChanged) return hidden;
    const ranges = [];
    hidden.map(transaction.changes).between(0, transaction.newDoc.length, (start, end, { spec }) => {
      ranges.push({ start, end, shown: spec.widget.shown });
    });
    return hideKnown(transaction.newDoc.toString(), ranges);
  },
  provide: (field) => [
    EditorView.decorations.from(field),
    EditorView.atomicRanges.of((view) => view.state.field(field)),
  ],
});

// Changed lines, and in each the stretch that differs from its neighbour in the other text.
const linesField = StateField.define({
  create: () => Decoration.none,
  update(lines, transaction) {
    lines = lines.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setLines)) continue;
      const { ranges, name } = effect.value;
      const { doc } = transaction.state;
      const builder = new RangeSetBuilder();
      for (const { line, from, to } of ranges) {
        if (line >= doc.lines) continue;
        const place = doc.line(line + 1);
        builder.add(place.from, place.from, Decoration.line({ class: name }));
        const end = Math.min(place.from + to, place.to);
        if (from < to && place.from + from < end) {
          builder.add(place.from + from, end, Decoration.mark({ class: `${name}-part` }));
        }
      }
      lines = builder.finish();
    }
    return lines;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const common = (label) => [
  // The document is the text, to the byte: only `\n` ends a line in it.
  EditorState.lineSeparator.of("\n"),
  EditorState.allowMultipleSelections.of(false),
  lineNumbers(),
  drawSelection(),
  deluge,
  syntaxHighlighting(classHighlighter),
  hiddenField,
  linesField,
  EditorView.lineWrapping,
  EditorView.contentAttributes.of({
    "aria-label": label,
    autocapitalize: "off",
    autocorrect: "off",
    spellcheck: "false",
    translate: "no",
  }),
];

// `arrived(text)` is told of a text with something that came in at once, and the editor stays as it is; `typed(text)` of all else.
export function editable(parent, label, { arrived, typed }) {
  const intercept = EditorState.transactionFilter.of((transaction) => {
    if (!transaction.docChanged || transaction.annotation(looked) || !transaction.isUserEvent("input")) {
      return transaction;
    }
    let longest = 0;
    transaction.changes.iterChanges((_from, _to, _start, _end, inserted) => (longest = Math.max(longest, inserted.length)));
    if (longest < PASTED_FROM) return transaction;
    const { newDoc } = transaction;
    const at = transaction.newSelection.main.head;
    queueMicrotask(() => arrived(newDoc.toString(), at));
    return [];
  });
  // The browser would draw it first, and the editor be told of it afterwards.
  const early = EditorView.domEventHandlers({
    beforeinput(event, view) {
      if (view.composing || !event.inputType.startsWith("insert") || (event.data?.length ?? 0) < PASTED_FROM) return false;
      event.preventDefault();
      view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type" });
      return true;
    },
  });
  const tell = EditorView.updateListener.of((update) => {
    if (update.docChanged && !update.transactions.some((one) => one.annotation(looked))) typed(update.state.doc.toString());
  });
  return new EditorView({
    parent,
    state: EditorState.create({
      extensions: [common(label), history(), keymap.of([...defaultKeymap, ...historyKeymap]), intercept, early, tell],
    }),
  });
}

export function readable(parent, label) {
  return new EditorView({
    parent,
    state: EditorState.create({ extensions: [common(label), EditorState.readOnly.of(true), keymap.of(defaultKeymap)] }),
  });
}

// Shows a text: with all that is hidden in it from the first moment.
export function show(view, text, hidden, ranges, name, at) {
  remember(text, hidden);
  const { doc } = view.state;
  const effects = [setHidden.of(hidden), setLines.of({ ranges, name })];
  const old = doc.toString();
  if (old === text) {
    view.dispatch({ effects });
    return;
  }
  // What stays at both ends keeps its place, and the cursor with it.
  let start = 0;
  const least = Math.min(old.length, text.length);
  while (start < least && old[start] === text[start]) start++;
  let end = 0;
  while (end < least - start && old[old.length - 1 - end] === text[text.length - 1 - end]) end++;
  view.dispatch({
    changes: { from: start, to: old.length - end, insert: view.state.toText(text.slice(start, text.length - end)) },
    selection: at === undefined ? undefined : { anchor: Math.min(at, text.length) },
    effects,
    annotations: looked.of(true),
  });
}

export function goTo(view, line) {
  const place = view.state.doc.line(Math.min(line, view.state.doc.lines));
  view.dispatch({ selection: { anchor: place.from }, effects: EditorView.scrollIntoView(place.from, { y: "center" }) });
}
