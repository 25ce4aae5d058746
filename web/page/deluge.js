// Colours for Deluge. What is coloured wrong is no harm: the engine has a grammar of its own.
import { StreamLanguage } from "@codemirror/language";

const KEYWORDS = new Set(
  "if else for each in return try catch throw void string int bigint decimal bool map list file date time datetime insert into delete from input break continue info".split(
    " ",
  ),
);
const REQUESTS = new Set("invokeurl invokeapi geturl posturl puturl sendmail sendsms".split(" "));
const ATOMS = new Set(["true", "false", "null"]);

export const deluge = StreamLanguage.define({
  name: "deluge",
  startState: () => ({ comment: false }),
  token(stream, state) {
    if (state.comment) {
      state.comment = !stream.skipTo("*/");
      if (state.comment) stream.skipToEnd();
      else stream.match("*/");
      return "comment";
    }
    if (stream.eatSpace()) return null;
    if (stream.match("//")) {
      stream.skipToEnd();
      return "comment";
    }
    if (stream.match("/*")) {
      state.comment = true;
      return "comment";
    }
    const next = stream.next();
    if (next === '"' || next === "'") {
      for (let c = stream.next(); c !== undefined && c !== next; c = stream.next()) if (c === "\\") stream.next();
      return "string";
    }
    if (/\d/.test(next)) {
      stream.eatWhile(/[\d.]/);
      return "number";
    }
    if (/[A-Za-z_]/.test(next)) {
      stream.eatWhile(/\w/);
      const word = stream.current().toLowerCase();
      if (ATOMS.has(word)) return "atom";
      if (REQUESTS.has(word)) return "function";
      if (KEYWORDS.has(word)) return "keyword";
      return stream.match(/^\s*:/, false) ? "propertyName" : "variableName";
    }
    return null;
  },
  languageData: { commentTokens: { line: "//", block: { open: "/*", close: "*/" } } },
});
