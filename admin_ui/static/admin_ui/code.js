// Code editors: `<textarea data-code="rule|sql|json|html|text">`, or an `<input>` for one line. docs/dashboard.md
// says what it offers. Without a script, and until the editor has come, it is an ordinary input.

const NEW = ":is(textarea, input)[data-code]:not([data-code-ready])";

// What keeps the input findable by labels, scripts and tests while nobody sees it. Its text is not laid out.
const hiding = new CSSStyleSheet();
hiding.replaceSync(`:is(textarea, input)[data-code-ready] {
  position: absolute; inline-size: 1px; block-size: 1px; min-block-size: 0; padding: 0; border: 0; opacity: 0;
  overflow: hidden; white-space: pre; contain: strict; content-visibility: hidden; pointer-events: none; }`);
document.adoptedStyleSheets.push(hiding);

let editor = null;

async function enhance(input) {
  if (input.dataset.codeReady !== undefined) return;
  editor ??= import("./code_editor.js").catch(() => null);
  const loaded = await editor;
  if (!loaded) editor = null; // offline: the input stays what it is
  else if (input.isConnected && input.dataset.codeReady === undefined) loaded.open(input);
}

// With `data-code-lazy` not before somebody comes near, or there is something to read.
export function enhanceAll() {
  for (const input of document.querySelectorAll(NEW))
    if (input.dataset.codeLazy === undefined || input.value || input === document.activeElement) enhance(input);
}

for (const name of ["focusin", "pointerover"])
  document.addEventListener(name, ({ target }) => { if (target.matches?.(NEW)) enhance(target); });
document.addEventListener("htmx:afterSettle", enhanceAll);
// In a block of code everything means the block.
document.addEventListener("keydown", (event) => {
  const block = event.target.closest?.("pre[tabindex], .code-box [tabindex]");
  if (!block || event.key.toLowerCase() !== "a" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
  event.preventDefault();
  getSelection().selectAllChildren(block);
});
enhanceAll();
