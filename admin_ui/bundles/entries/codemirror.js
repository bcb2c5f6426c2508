// What `code_editor.js` uses of CodeMirror 6.
export {
  acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, closeCompletion, completionStatus,
  selectedCompletionIndex, setSelectedCompletion, startCompletion,
} from "@codemirror/autocomplete";
export { defaultKeymap, history, historyKeymap, indentLess, indentMore, selectLine } from "@codemirror/commands";
export { json } from "@codemirror/lang-json";
export { keywordCompletionSource, PostgreSQL, SQLite, sql } from "@codemirror/lang-sql";
export { bracketMatching, HighlightStyle, LRLanguage, StreamLanguage, syntaxHighlighting, syntaxTree } from "@codemirror/language";
export { Compartment, EditorState, StateEffect, StateField } from "@codemirror/state";
export { Decoration, EditorView, keymap, lineNumbers, placeholder } from "@codemirror/view";
export { tags } from "@lezer/highlight";
// Without the styles and scripts inside, whose grammars are a third of it all.
export { parser as htmlParser } from "@lezer/html";
