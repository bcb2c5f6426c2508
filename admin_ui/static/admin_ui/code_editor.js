// `<code-editor>`: CodeMirror beside an input whose value it keeps. Loaded by code.js when there is an input for it.
//
// It lives in a shadow root, because CodeMirror writes its sheets itself: there it adopts them, as the policy of
// the pages lets it; in the page it would write <style> elements, which the policy forbids.
import * as cm from "./vendor/codemirror.js";

const { tags } = cm;
const ICONS = new URL("./vendor/icons.svg", import.meta.url).href;
const PROBLEM_MILLISECONDS = 400;
const LINE = 1.65;

// --- languages ------------------------------------------------------------------------------------------

// The filter language, as collections_app/filterlang/tokens.py reads it.
const RULE = cm.StreamLanguage.define({
  name: "rule",
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match(/^\/\/.*/)) return "comment";
    if (stream.match(/^(?:'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?)/)) return "string";
    if (stream.match(/^-?\d+(?:\.\d*)?/)) return "number";
    if (stream.match(/^(?:&&|\|\|)/)) return "keyword";
    if (stream.match(/^[=?!><~]+/)) return "operator";
    if (stream.match(/^(?:true|false|null)(?![\w.:@])/)) return "keyword";
    if (stream.match(/^@[\w.:@]*/)) return "macroName";
    if (stream.match(/^[A-Za-z_#][\w.:@]*(?=\()/)) return "keyword";
    if (stream.match(/^[A-Za-z_#][\w.:@]*/)) return "variableName";
    stream.next();
    return null;
  },
  languageData: { commentTokens: { line: "//" }, closeBrackets: { brackets: ["(", "'", '"'] } },
});
const HTML = cm.LRLanguage.define({
  name: "html", parser: cm.htmlParser, languageData: { commentTokens: { block: { open: "<!--", close: "-->" } } },
});
const dialectOf = (input) => (input.dataset.codeDialect === "postgresql" ? cm.PostgreSQL : cm.SQLite);
const LANGUAGES = {
  rule: () => RULE,
  sql: (input) => cm.sql({ dialect: dialectOf(input) }),
  json: () => cm.json(),
  html: () => HTML,
  text: () => [],
};
// What stands before the cursor and can be completed.
const WORDS = { rule: /[@A-Za-z_][\w.:@]*$/, sql: /[A-Za-z_][\w.]*$/, html: /\{[\w:]*$/, text: /[@A-Za-z_][\w.:@]*$/ };
const IS_NUMBERED = new Set(["sql", "json", "html"]);

const COLOURS = cm.HighlightStyle.define([
  { tag: [tags.keyword, tags.bool, tags.null, tags.tagName], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.attributeValue], color: "var(--code-string)" },
  { tag: tags.number, color: "var(--code-number)" },
  { tag: [tags.variableName, tags.propertyName, tags.attributeName, tags.typeName], color: "var(--code-name)" },
  { tag: [tags.macroName, tags.special(tags.string), tags.character], color: "var(--code-macro)" },
  { tag: [tags.comment, tags.angleBracket], color: "var(--ink-3)" },
]);

// --- look -----------------------------------------------------------------------------------------------

const LOOK = new CSSStyleSheet();
LOOK.replaceSync(`
  :host {
    display: block; position: relative; min-inline-size: 0; background: var(--sheet); color: var(--ink);
    border: 1px solid var(--line-control); border-radius: var(--r-2); direction: ltr;
    --size: .78125rem;
  }
  @media (pointer: coarse) { :host { --size: 1rem; } }
  :host(:focus-within) {
    border-color: var(--focus); box-shadow: 0 0 0 1px var(--focus), 0 0 0 4px var(--accent-soft); z-index: 5;
  }
  :host([data-left]:focus-within) { box-shadow: none; border-style: dashed; }
  :host([data-invalid]) { border-color: var(--danger-fill); }
  :host([data-locked]) { background: var(--sunken); border-color: var(--line-strong); border-style: dashed; }
  :host([data-bare]) { flex: 1; border: 0; background: none; box-shadow: none; }
  .note {
    position: absolute; inset-block-end: .25rem; inset-inline-end: .375rem; padding: 0 .375rem; border-radius: var(--r-1);
    background: var(--raised); box-shadow: var(--shadow-1); color: var(--ink-2); font: var(--regular) var(--text-s)/1.6 var(--font);
    pointer-events: none;
  }
  @media (forced-colors: active) { :host(:focus-within) { outline: 2px solid Highlight; } }
`);

const THEME = cm.EditorView.theme({
  "&": { backgroundColor: "transparent", color: "inherit", maxHeight: "32rem", borderRadius: "inherit" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { font: "var(--regular) var(--size)/1.65 var(--mono)", fontVariantLigatures: "none", overflow: "auto", scrollbarWidth: "thin" },
  ".cm-content": { padding: ".375rem 0", caretColor: "var(--accent-text)", minHeight: "var(--least, auto)" },
  ".cm-line": { padding: "0 .75rem" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--ink-3)", border: "0", fontSize: "var(--text-xs)" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "1.75rem", lineHeight: "inherit" },
  ".cm-gutters + .cm-content .cm-line": { paddingInlineStart: ".5rem" },
  ".cm-placeholder": { color: "var(--ink-3)" },
  "&.cm-editor .cm-matchingBracket": { backgroundColor: "var(--accent-soft)" },
  "&.cm-editor .cm-nonmatchingBracket": { backgroundColor: "var(--danger-soft)" },
  ".cm-problem": { textDecoration: "underline wavy var(--danger-fill) 1px", textUnderlineOffset: ".25em" },
  ".cm-problem-line": { backgroundColor: "var(--danger-soft)" },
  "&.cm-single": { maxHeight: "none" },
  "&.cm-single .cm-scroller": { scrollbarWidth: "none", lineHeight: "1.5" },
  "&.cm-bare .cm-content": { padding: "0", minHeight: "0" },
  "&.cm-bare .cm-line": { padding: "0" },
  ".cm-tooltip": { border: "1px solid var(--line)", borderRadius: "var(--r-3)", backgroundColor: "var(--raised)", boxShadow: "var(--shadow-3)", color: "var(--ink)", zIndex: "40" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--font)", fontSize: "var(--text-m)", maxHeight: "17rem", minWidth: "20rem", maxWidth: "min(30rem, 92vw)", padding: ".25rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { display: "flex", alignItems: "center", gap: ".5rem", minHeight: "1.75rem", padding: "0 .5rem", borderRadius: "var(--r-2)", lineHeight: "1.75rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--press)", color: "inherit" },
  ".cm-completionLabel": { font: "var(--regular) var(--text-s)/1.75rem var(--mono)", overflow: "hidden", textOverflow: "ellipsis", direction: "ltr" },
  ".cm-completionMatchedText": { textDecoration: "underline 2px var(--accent-line)", textUnderlineOffset: ".2em", fontWeight: "var(--semibold)" },
  ".cm-completionDetail": { marginInlineStart: "auto", paddingInlineStart: "1rem", fontStyle: "normal", fontSize: "var(--text-s)", color: "var(--ink-3)", whiteSpace: "nowrap" },
  ".cm-kind": { flex: "none", width: ".875rem", height: ".875rem", fill: "none", stroke: "var(--ink-3)", strokeWidth: "2", strokeLinecap: "round", strokeLinejoin: "round" },
});

// --- problems -------------------------------------------------------------------------------------------

const setProblems = cm.StateEffect.define();
const PROBLEM = cm.Decoration.mark({ class: "cm-problem" });
const PROBLEM_LINE = cm.Decoration.line({ class: "cm-problem-line" });

const problems = cm.StateField.define({
  create: () => cm.Decoration.none,
  update(marks, change) {
    for (const effect of change.effects)
      if (effect.is(setProblems)) return cm.Decoration.set(effect.value, true);
    return marks.map(change.changes);
  },
  provide: (field) => cm.EditorView.decorations.from(field),
});

// The first place that is no JSON, found by the parser that colours it.
function jsonProblem(state) {
  if (!state.doc.toString().trim()) return [];
  try {
    JSON.parse(state.doc.toString());
    return [];
  } catch {
    let at = null;
    cm.syntaxTree(state).iterate({ enter: (node) => { if (node.type.isError) at ??= node.from; } });
    return [PROBLEM_LINE.range(state.doc.lineAt(at ?? state.doc.length).from)];
  }
}

// --- completion -----------------------------------------------------------------------------------------

function icon(option) {
  if (!option.icon) return null;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "cm-kind");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${ICONS}#${option.icon}`);
  svg.append(use);
  return svg;
}

// `GET data-completions?word=author.na` answers with `{options: [{name, detail, icon, goes_on}]}`, the best first.
function completing(input) {
  const word = WORDS[input.dataset.code];
  return async (context) => {
    const before = context.matchBefore(word);
    if (!before && !context.explicit) return null;
    const around = cm.syntaxTree(context.state).resolveInner(context.pos, -1).name;
    if (/string|comment/i.test(around)) return null;
    const text = before?.text ?? "";
    const stop = new AbortController();
    context.addEventListener("abort", () => stop.abort());
    const address = new URL(input.dataset.completions, location.href);
    address.searchParams.set("word", text);
    const answer = await fetch(address, { signal: stop.signal, headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return null;
    const { options } = await answer.json();
    if (options.length === 1 && options[0].name === text && !options[0].goes_on) return null;
    const known = options.map(({ name, detail, icon: picture, goes_on: isMore }) => ({ label: name, detail, icon: picture, isMore, apply: take }));
    const last = text.toLowerCase();
    return {
      from: before?.from ?? context.pos,
      options: known,
      filter: false,
      getMatch: ({ label }) => {
        const at = label.toLowerCase().indexOf(last);
        return last && at >= 0 ? [at, at + last.length] : [];
      },
    };
  };
}

// Tab takes the chosen one, and goes on behind it where there is more.
function takeAndGoOn(view) {
  if (cm.completionStatus(view.state) !== "active") return false;
  if (cm.selectedCompletionIndex(view.state) === null) view.dispatch({ effects: cm.setSelectedCompletion(0) });
  const before = view.state.doc;
  cm.acceptCompletion(view);
  const { head } = view.state.selection.main;
  const taken = view.state.doc !== before && view.state.field(goesOn);
  if (taken) view.dispatch({ changes: { from: head, insert: "." }, selection: { anchor: head + 1 }, userEvent: "input.type" });
  if (taken) cm.startCompletion(view);
  return true;
}

// Whether there is more behind what was taken last.
const hasMore = cm.StateEffect.define();
const goesOn = cm.StateField.define({
  create: () => false,
  update: (is, change) => change.effects.reduce((now, effect) => (effect.is(hasMore) ? effect.value : now), is),
});

function take(view, { label, isMore }, from, to) {
  view.dispatch({
    changes: { from, to, insert: label },
    selection: { anchor: from + label.length },
    effects: hasMore.of(Boolean(isMore)),
    userEvent: "input.complete",
  });
  if (label.endsWith(".")) cm.startCompletion(view);
}

// --- the element ----------------------------------------------------------------------------------------

class CodeEditor extends HTMLElement {
  #input = null;
  #view = null;
  #isOwn = false;
  #before = "";
  #timer = 0;
  #settings = new cm.Compartment();
  #watcher = new MutationObserver(() => this.#mirror());
  #listeners = [];

  constructor() {
    super();
    this.attachShadow({ mode: "open" });
  }

  connectedCallback() {
    const input = this.previousElementSibling;
    if (!input?.matches("[data-code]")) return;
    this.#input = input;
    this.toggleAttribute("data-bare", input.dataset.codeBare !== undefined);
    this.shadowRoot.adoptedStyleSheets = [LOOK];
    const selection = { anchor: input.selectionStart ?? 0, head: input.selectionEnd ?? 0 };
    const hadFocus = document.activeElement === input;
    input.dataset.codeReady = "";
    input.tabIndex = -1;
    input.setAttribute("aria-hidden", "true");
    this.#view = new cm.EditorView({ doc: input.value, parent: this.shadowRoot, root: this.shadowRoot, extensions: this.#extensions() });
    // Not on the element itself: htmx clones the page, and a clone's style is an inline style for the policy.
    this.#view.dom.style.setProperty("--least", `calc(var(--size) * ${(input.rows > 2 ? input.rows : 1) * LINE} + .75rem)`);
    if (hadFocus) {
      this.#view.dispatch({ selection });
      this.focus();
    }
    this.#watcher.observe(input, { attributes: true, attributeFilter: ["aria-invalid", "aria-describedby", "disabled", "readonly", "placeholder"] });
    this.#listen(input, "focus", () => {
      this.focus();
      // After `input.select()` all of it is selected here, too.
      queueMicrotask(() => {
        const isAll = input.value && input.selectionStart === 0 && input.selectionEnd === input.value.length;
        if (isAll) this.#view?.dispatch({ selection: { anchor: 0, head: input.value.length } });
      });
    });
    this.#listen(input, "input", () => { if (!this.#isOwn) this.#take(); });
    this.#listen(input, "change", () => this.#take());
    this.#listen(input, "code:problems", ({ detail }) => this.#mark(detail));
    this.#listen(input, "code:insert", ({ detail }) => this.#insert(detail));
    this.#listen(document, "reset", ({ target }) => { if (target === input.form) setTimeout(() => this.#take()); });
    this.#mirror();
    this.#checkSoon();
  }

  disconnectedCallback() {
    for (const [target, name, heard] of this.#listeners) target.removeEventListener(name, heard);
    this.#listeners = [];
    this.#watcher.disconnect();
    clearTimeout(this.#timer);
    this.#view?.destroy();
    this.#view = null;
  }

  focus(options) {
    this.#view?.contentDOM.focus(options);
  }

  get view() {
    return this.#view;
  }

  #listen(target, name, heard) {
    target.addEventListener(name, heard);
    this.#listeners.push([target, name, heard]);
  }

  get #isOneLine() {
    return this.#input.dataset.singleLine !== undefined || this.#input instanceof HTMLInputElement;
  }

  #extensions() {
    const { code, completions } = this.#input.dataset;
    const isOneLine = this.#isOneLine;
    const sources = completions ? [completing(this.#input)] : [];
    if (code === "sql") sources.push(cm.keywordCompletionSource(dialectOf(this.#input), true));
    const completion = cm.autocompletion({
      override: sources,
      icons: false,
      selectOnOpen: !isOneLine, // Enter sends the form, unless somebody chose one
      interactionDelay: isOneLine ? 0 : 75, // or it might take what has come just now
      maxRenderedOptions: 30,
      addToOptions: [{ render: icon, position: 20 }],
    });
    return [
      cm.keymap.of(this.#keys()),
      cm.history(),
      (LANGUAGES[code] ?? LANGUAGES.text)(this.#input),
      cm.syntaxHighlighting(COLOURS),
      cm.bracketMatching(),
      cm.closeBrackets(),
      sources.length ? [completion, goesOn] : [],
      problems,
      THEME,
      isOneLine ? cm.EditorState.transactionFilter.of((change) => this.#onOneLine(change)) : cm.EditorView.lineWrapping,
      !isOneLine && IS_NUMBERED.has(code) ? cm.lineNumbers() : [],
      cm.EditorView.editorAttributes.of({ class: `${isOneLine ? "cm-single" : ""} ${this.hasAttribute("data-bare") ? "cm-bare" : ""}`.trim() }),
      cm.EditorView.domEventHandlers({
        focus: () => { this.#before = this.#input.value; },
        blur: () => this.#leave(),
        mousedown: () => this.#stay(),
        beforeinput: typeOver,
        keydown: ({ key }) => { if (!["Escape", "Tab", "Shift"].includes(key)) this.#stay(); },
      }),
      cm.EditorView.updateListener.of((update) => { if (update.docChanged) this.#give(); }),
      this.#settings.of([]),
    ];
  }

  #keys() {
    const many = [
      { key: "Tab", run: cm.indentMore, shift: cm.indentLess },
      { key: "Escape", run: () => this.#letGo() },
    ];
    const one = [{ key: "Enter", run: () => this.#send() }];
    return [
      { key: "Tab", run: takeAndGoOn },
      { key: "Mod-l", run: cm.selectLine, preventDefault: true },
      { key: "Mod-d", run: selectWord, preventDefault: true },
      ...cm.closeBracketsKeymap,
      ...(this.#isOneLine ? one : many),
      // Ctrl and Enter are the page's.
      ...cm.defaultKeymap.filter(({ key }) => key !== "Mod-Enter" && !(this.#isOneLine && key === "Enter")),
      ...cm.historyKeymap,
    ];
  }

  #onOneLine(change) {
    if (!change.docChanged || change.newDoc.lines === 1) return change;
    const text = change.newDoc.toString().replaceAll(/\s*\n\s*/g, " ");
    return { changes: { from: 0, to: change.startState.doc.length, insert: text }, selection: { anchor: Math.min(change.newSelection.main.head, text.length) } };
  }

  // --- both ways ----------------------------------------------------------------------------------------

  #give() {
    this.#isOwn = true;
    this.#input.value = this.#view.state.doc.toString();
    this.#input.dispatchEvent(new Event("input", { bubbles: true }));
    this.#isOwn = false;
    this.#checkSoon();
  }

  #take() {
    const { value } = this.#input;
    const { doc } = this.#view.state;
    if (value !== doc.toString()) this.#view.dispatch({ changes: { from: 0, to: doc.length, insert: value } });
  }

  #insert(text) {
    if (this.#view.state.readOnly) return;
    this.#view.dispatch(this.#view.state.replaceSelection(text), { userEvent: "input" });
    this.focus();
  }

  // `[{from, to}]`, counted in the input's value.
  #mark(found) {
    const { length } = this.#view.state.doc;
    const marks = found.map(({ from, to }) => [Math.min(from, length), Math.min(to, length)]).filter(([from, to]) => from < to);
    this.#view.dispatch({ effects: setProblems.of(marks.map(([from, to]) => PROBLEM.range(from, to))) });
  }

  #checkSoon() {
    if (this.#input.dataset.code !== "json") return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#view.dispatch({ effects: setProblems.of(jsonProblem(this.#view.state)) }), PROBLEM_MILLISECONDS);
  }

  // What is said about the input is said about what stands in its place.
  #mirror() {
    const input = this.#input;
    const isLocked = input.disabled || input.readOnly;
    const label = input.getAttribute("aria-label") ?? [...(input.labels ?? [])].map(words).join(" ");
    const told = (input.getAttribute("aria-describedby") ?? "").split(" ").map((id) => words(document.getElementById(id)));
    const said = {
      "aria-label": label,
      "aria-description": told.filter(Boolean).join(" "),
      "aria-invalid": input.getAttribute("aria-invalid"),
      "aria-required": input.required ? "true" : null,
      "aria-readonly": isLocked ? "true" : null,
      "aria-multiline": String(!this.#isOneLine),
      spellcheck: String(input.spellcheck && input.dataset.code === "text"),
      tabindex: input.disabled ? null : "0",
    };
    for (const [name, text] of Object.entries(said)) if (!text) delete said[name];
    this.toggleAttribute("data-invalid", input.getAttribute("aria-invalid") === "true");
    this.toggleAttribute("data-locked", isLocked);
    this.#view.dispatch({ effects: this.#settings.reconfigure([
      cm.EditorState.readOnly.of(isLocked),
      cm.EditorView.editable.of(!isLocked),
      cm.EditorView.contentAttributes.of(said),
      cm.placeholder(input.placeholder),
    ]) });
  }

  // --- keys ---------------------------------------------------------------------------------------------

  #send() {
    const { form } = this.#input;
    this.#leave();
    if (form) form.requestSubmit();
    return true;
  }

  // The first Escape frees the Tab key; a second one is the page's.
  #letGo() {
    if (cm.closeCompletion(this.#view)) return true;
    if (this.hasAttribute("data-left")) return false;
    this.setAttribute("data-left", "");
    this.#view.setTabFocusMode(true);
    const note = document.createElement("span");
    note.className = "note";
    note.setAttribute("role", "status");
    note.textContent = this.#input.dataset.leftNote ?? "Tab ⇥";
    this.shadowRoot.append(note);
    return true;
  }

  #stay() {
    if (!this.hasAttribute("data-left")) return;
    this.removeAttribute("data-left");
    this.#view.setTabFocusMode(false);
    this.shadowRoot.querySelector(".note")?.remove();
  }

  #leave() {
    this.#stay();
    if (this.#view) cm.closeCompletion(this.#view); // also one that is still asked for: it would open without us
    if (this.#input.value === this.#before) return;
    this.#before = this.#input.value;
    this.#input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

// Chromium would put what is typed over a selection into a <span style>, which the policy forbids.
function typeOver(event, view) {
  const { from, to, empty } = view.state.selection.main;
  if (event.inputType !== "insertText" || event.data === null || empty || view.composing) return false;
  const insert = () => view.state.update(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
  event.preventDefault();
  const isHandled = view.state.facet(cm.EditorView.inputHandler).some((handle) => handle(view, from, to, event.data, insert));
  if (!isHandled) view.dispatch(insert());
  return true;
}

function selectWord(view) {
  const { main } = view.state.selection;
  const word = view.state.wordAt(main.head);
  if (word) view.dispatch({ selection: { anchor: word.from, head: word.to } });
  return true;
}

const words = (part) => (part?.textContent ?? "").replaceAll(/\s+/g, " ").trim();

customElements.define("code-editor", CodeEditor);

export function open(input) {
  input.after(document.createElement("code-editor"));
}
